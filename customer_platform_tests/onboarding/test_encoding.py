# ruff: noqa: RUF001
from pathlib import Path

import pytest

from customer_platform.errors import OnboardingError, UnreadableFileError
from customer_platform.ingestion.encoding import find_encoding, single_byte_encoding
from customer_platform.onboarding import describe_proposal
from customer_platform_tests.support.onboarding import Deliver, proposed

WESTERN = {
    "english": "José’s café, 5 €\nZoë O’Brien\nnaïve “quotes” – £100, 12 m³, Acme®",
    "dutch": "Zoë van Dijk, 10 €\nRenée, ’s-Hertogenbosch\nCuraçao\nDaniëlle Coördinatie",
    "german": "Jürgen Müller, 10€\nWeiß’ Größe\nKönigstraße, Ärzte, Übel",
    "french": "Lefèvre, 10 €\nl’été à Orléans\nHélène Noël, cœur, Façade, où, Œuvre",
    "spanish": "Núñez, 10 €\n¿Qué? ¡Señor! d’Íñigo\nPeña, Nº 5, Mª José",
    "portuguese": "João, 10 €\nAssunção, d’Água\nSimões, não, Luís Antônio",
    "italian": "Nicolò, 10 €\nl’università è più\nCosì, caffè, perché",
    "danish": "Søren Kjær, 10 €\nÅse’s Blåbærgrød",
    "swedish": "Åsa Öberg\nBjörn Sjöström – 10 €",
    "icelandic": "Guðmundur Þór\nÆvar’s Sýn",
    "several": "Hélène Sørensen\nNúñez João Müller\nNicolò Åse Lefèvre",
}
CENTRAL = {
    "polish": "Paweł Łukasz Żółć\nMałgorzata Kowalska, Gdańsk\nBłażej Święty, Jędrzej Kość",
    "one pole": "Paweł",
    "czech": "Dvořák, Němec, Černý\nJiří Růžička\nPříbram, Ústí nad Labem\nŠtěpán Žižka",
    "slovak": "Ľudovít Štúr\nKošice, Žilina\nSládkovič ťažký",
    "hungarian": "Szőke Gyűlölő\nKovács István, Győr, Erdős",
    "croatian": "Kovačević Đorđe\nŠimić, Žarko",
}
OTHERS = {
    "cp1251": "Иван Петров, Санкт-Петербург\nАнна Иванова, Москва",
    "koi8_r": "Иван Петров, Санкт-Петербург\nАнна Иванова, Москва",
    "cp1253": "Γιώργος Παπαδόπουλος, Αθήνα\nΜαρία Νικολάου, Θεσσαλονίκη, Άννα",
    "iso8859_7": "Γιώργος Παπαδόπουλος, Αθήνα\nΜαρία Νικολάου, Θεσσαλονίκη, Άννα",
    "cp1254": "Şükrü Öztürk, İstanbul\nAğaoğlu Işık",
    "cp1257": "Žąsų Šiauliai\nEglė Jūratė Kęstutis",
    "cp850": "Jürgen Müller, Weiß\nHélène, Façade, Ärzte",
    "mac_roman": "Jürgen Müller, Weiß\nHélène, Façade, Ärzte",
    "iso8859_15": "Jürgen Müller 10 €\ncœur, Façade",
}
TEXTS = [
    *((f"{name} in cp1252", text, "cp1252") for name, text in WESTERN.items()),
    *((f"{name} in {encoding}", text, encoding) for name, text in CENTRAL.items()
      for encoding in ("cp1250", "iso8859_2")),
    *((encoding, text, encoding) for encoding, text in OTHERS.items()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding"), [each[1:] for each in TEXTS], ids=[each[0] for each in TEXTS]
)
def test_names_arrive_whole(text: str, encoding: str) -> None:
    lines = [line for line in text.encode(encoding).splitlines() if not line.isascii()]
    found = single_byte_encoding(lines)
    assert b"\n".join(lines).decode(found) == b"\n".join(lines).decode(encoding)
    if encoding == "cp1252":
        assert found == "cp1252"


def test_a_mixed_encoding_is_found_however_late(deliver: Deliver) -> None:
    rows = "".join(f"{n};Jürgen\n" for n in range(2_500)).encode("cp1252")
    path = deliver(b"id;name\n" + rows + "2500;Zoë\n".encode())
    with pytest.raises(UnreadableFileError, match="line 2502 is UTF-8, line 2 is not"):
        find_encoding([path])


def test_files_of_one_table_have_one_encoding_told_from_all_of_them(deliver: Deliver) -> None:
    texts = ["id,name\n1,Anna\n2,Bo\n", "id,name\n1,André\n2,Paweł\n", "id,name\n1,Łukasz\n2,b\n"]
    paths = [
        deliver(text.encode("cp1250"), f"m_2024-06-0{day}.csv")
        for day, text in enumerate(texts, start=1)
    ]
    proposal = proposed(*paths)
    assert proposal.written is not None
    assert proposal.written.encoding == "cp1250"
    paths.append(deliver("id,name\n1,Zoë\n2,b\n", "m_2024-06-04.csv"))
    with pytest.raises(OnboardingError, match=r"mixed encodings: line 2 of .*04.csv is UTF-8"):
        proposed(*paths)


def test_utf_16_is_read_without_a_byte_order_mark(deliver: Deliver) -> None:
    text = "id,name\n1,Zoë\n2,Anna\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        proposal = proposed(deliver(text.encode(encoding)))
        assert proposal.written is not None
        assert proposal.written.encoding == encoding
        assert proposal.columns[1].statistics.most == "Zoë"


def test_encoding_and_delimiter_are_shown_and_may_be_said(deliver: Deliver) -> None:
    path = deliver("id;name\n1;Dvořák\n2;Anna\n".encode("cp1250"))
    assert "files        csv, encoding cp1252, delimiter ;" in describe_proposal(proposed(path))
    proposal = proposed(path, encoding="windows-1250")
    assert "encoding cp1250" in describe_proposal(proposal)
    assert proposal.columns[1].statistics.most == "Dvořák"


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("utf-8", "--encoding utf-8: line 2 is not in it"),
     ("klingon", "--encoding klingon: unknown"), ("base64", "--encoding base64: unknown")],
)  # fmt: skip
def test_an_encoding_that_a_file_is_not_in_is_refused(
    deliver: Deliver, encoding: str, message: str
) -> None:
    path: Path = deliver("id,name\n1,Zoë\n2,Anna\n".encode("cp1252"))
    with pytest.raises(OnboardingError) as raised:
        proposed(path, encoding=encoding)
    assert message in str(raised.value)
