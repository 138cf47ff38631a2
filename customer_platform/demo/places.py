"""Countries, cities with their postcodes, and street names of the demo retailer's customers."""

from dataclasses import dataclass
from itertools import product

import numpy as np

COUNTRIES = ("NL", "BE", "DE", "GB")
COUNTRY_NAMES = {
    "NL": "Netherlands", "BE": "Belgium", "DE": "Germany", "GB": "United Kingdom",
}  # fmt: skip
CALLING_CODES = {"NL": "31", "BE": "32", "DE": "49", "GB": "44"}
POSTCODE_LETTERS = "ABCDEGHJKLNPRSTVWXZ"

# city, first postcode, last postcode, thousands of inhabitants
_CITIES = {
    "NL": """Amsterdam 1011 1109 870;Rotterdam 3011 3089 650;Den Haag 2491 2597 550
        ;Utrecht 3511 3585 360;Eindhoven 5611 5658 240;Groningen 9711 9747 235
        ;Tilburg 5011 5049 220;Almere 1311 1363 215;Breda 4811 4839 185;Nijmegen 6511 6546 178
        ;Apeldoorn 7311 7339 165;Haarlem 2011 2037 162;Arnhem 6811 6846 163
        ;Enschede 7511 7548 160;Amersfoort 3811 3829 158;Zaandam 1501 1509 156
        ;Den Bosch 5211 5237 156;Zwolle 8011 8043 130;Leiden 2311 2334 125
        ;Zoetermeer 2711 2729 125;Leeuwarden 8911 8941 124;Maastricht 6211 6229 121
        ;Dordrecht 3311 3329 119;Ede 6711 6718 119;Alphen aan den Rijn 2401 2409 112
        ;Alkmaar 1811 1827 109;Delft 2611 2629 103;Venlo 5911 5928 102;Deventer 7411 7429 101
        ;Hilversum 1211 1223 92;Roosendaal 4701 4709 77;Purmerend 1441 1448 92;Oss 5341 5349 93
        ;Helmond 5701 5709 93;Hoorn 1621 1628 73;Vlaardingen 3131 3138 73;Gouda 2801 2809 74
        ;Hengelo 7551 7559 81;Assen 9401 9408 68;Bergen op Zoom 4611 4625 67
        ;Middelburg 4331 4339 49;Terneuzen 4531 4539 55;Sneek 8601 8608 34;Emmen 7811 7828 107""",
    "BE": """Gent 9000 9000 130;Gentbrugge 9050 9050 24;Antwerpen 2000 2000 100
        ;Borgerhout 2140 2140 46;Deurne 2100 2100 80;Brussel 1000 1000 180;Elsene 1050 1050 86
        ;Schaarbeek 1030 1030 130;Ukkel 1180 1180 84;Leuven 3000 3001 101;Mechelen 2800 2801 86
        ;Brugge 8000 8000 118;Oostende 8400 8400 71;Kortrijk 8500 8501 76;Hasselt 3500 3501 78
        ;Genk 3600 3600 66;Aalst 9300 9300 87;Sint-Niklaas 9100 9100 77;Luik 4000 4000 197
        ;Namen 5000 5004 111;Charleroi 6000 6001 202;Turnhout 2300 2300 45
        ;Roeselare 8800 8800 63;Lier 2500 2500 36""",
    "DE": """Berlin 10115 10999 3600;Hamburg 20095 20459 1800;München 80331 80999 1500
        ;Köln 50667 50999 1080;Frankfurt 60308 60599 760;Düsseldorf 40210 40629 620
        ;Dortmund 44135 44388 590;Essen 45127 45359 580;Bremen 28195 28779 570
        ;Hannover 30159 30659 535;Münster 48143 48167 315;Aachen 52062 52080 250
        ;Osnabrück 49074 49090 165;Oldenburg 26121 26135 170;Leipzig 04103 04357 600
        ;Kleve 47533 47533 52;Bocholt 46395 46399 71""",
    "GB": """London SE 8800;London N 4000;Manchester M 550;Birmingham B 1140;Leeds LS 790
        ;Bristol BS 470;Sheffield S 580;Liverpool L 490;Nottingham NG 330;Cardiff CF 360
        ;Edinburgh EH 520;Glasgow G 630;Norwich NR 140;Cambridge CB 125;Oxford OX 150
        ;Brighton BN 290;York YO 210;Exeter EX 130""",
}
_STREETS = {
    "NL": (
        "Dorps Kerk Molen School Station Wilhelmina Juliana Beatrix Emma Oranje Nassau Prins"
        " Hendrik Beuken Eiken Linden Kastanje Iepen Berken Populieren Rozen Tulpen Lelie Anjer"
        " Zonnebloem Merel Vinken Zwaluw Reiger Spreeuwen Haven Markt Water Zuider Noorder Ooster"
        " Wester Mozart Rembrandt Vondel Hooft Vermeer Steen Huygens Thorbecke Troelstra Industrie"
        " Ambacht Weide",
        "straat laan weg hof plein kade pad dreef singel dijk",
    ),
    "BE": (
        "Kerk Molen School Station Nieuw Veld Bos Kapel Leopold Albert Gent Antwerp Brussel Kasteel"
        " Linden Beuken Eiken Zand Hoog Laag Kouter Meersen Wilgen Groen Markt Klooster Vaart Brug",
        "straat laan steenweg dreef lei plein weg",
    ),
    "DE": (
        "Haupt Schul Garten Bahnhof Dorf Berg Birken Linden Kirch Wald Ring Schiller Goethe Mozart"
        " Beethoven Bismarck Friedrich Wilhelm Rosen Tannen Eichen Buchen Wiesen Feld Mühlen Markt",
        "straße weg allee platz gasse ring",
    ),
    "GB": (
        "High |Station |Church |Park |Victoria |Green |Manor |King |Queen |Mill |School |The |York "
        "|North |South |West |Albert |London |Windsor |Springfield |George |Chestnut |Elm |Oak ",
        "Road|Street|Lane|Avenue|Drive|Close|Crescent|Way|Gardens|Terrace",
    ),
}


@dataclass(frozen=True)
class CityPool:
    """Cities of one country; `area` is the letters before a British postcode, else empty."""

    names: np.ndarray
    areas: np.ndarray
    first_postcode: np.ndarray
    last_postcode: np.ndarray
    cumulative: np.ndarray


def cities(country: str) -> CityPool:
    """The cities of a country with their postcode ranges, weighted by inhabitants."""
    names, areas, first, last, weights = [], [], [], [], []
    for entry in _CITIES[country].replace("\n", "").split(";"):
        if country == "GB":
            name, area, weight = entry.strip().rsplit(" ", 2)
            start, end = "1", "22"
        else:
            name, start, end, weight = entry.strip().rsplit(" ", 3)
            area = ""
        names.append(name)
        areas.append(area)
        first.append(int(start))
        last.append(int(end))
        # The square root spreads people over smaller towns, as a chain of shops would reach them.
        weights.append(float(weight) ** 0.5)
    shares = np.array(weights) / sum(weights)
    return CityPool(
        np.array(names, dtype=object),
        np.array(areas, dtype=object),
        np.array(first, dtype=np.int32),
        np.array(last, dtype=np.int32),
        np.cumsum(shares),
    )


def streets(country: str) -> np.ndarray:
    """The street names of a country, without house numbers."""
    left, right = _STREETS[country]
    separator = "|" if "|" in left else None
    return np.array(
        [start + end for start, end in product(left.split(separator), right.split(separator))],
        dtype=object,
    )
