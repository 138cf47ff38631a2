"""First and last names by country, most frequent first, with a frequency skew as real names have.

The heads of the lists are common real names; the long tails are composed from word parts, so that
at a million people a full name with a birth date and a postcode stays as telling as in life.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from customer_platform.demo.places import COUNTRIES

_FEMALE = {
    "NL": """Johanna Maria Anna Cornelia Emma Sophie Julia Elisabeth Monique Sanne Lisa
        Laura Eva Anouk Femke Fleur Lotte Iris Esther Marieke Wilhelmina Hendrika Saskia Petra
        Ingrid Astrid Linda Mirjam Nicole Daniëlle Chantal Kim Naomi Roos Zoë Noor Lieke Tess
        Milou Isa Yara Evi Catharina Margaretha Jacoba Adriana Geertruida Hanneke Ineke Marjan
        Marleen Annemarie Joke Willemijn Floor Merel Bregje Jildou Renée Chloë Fatima Aïcha
        Samira Naima Esra Elif Priya Manon Michelle Denise Bianca Sandra Yvonne Carla Trudy
        Gerda Truus Ria Corrie Annelies""",
    "BE": """Marie Emma Louise Olivia Elise Camille Charlotte Lore Griet An Katrien Veerle
        Lies Hilde Martine Chantal Nathalie Isabelle Véronique Céline Amélie Juliette Manon Inès
        Sarah Nora Ellen Leen Goedele Ilse Sofie Tine Hanne Lotte Febe Amber Jana Ines Marleen
        Christine Françoise Monique Nadine Viviane Dominique Kaat Machteld Annelien Elke Joke""",
    "DE": """Anna Maria Sabine Petra Monika Susanne Claudia Birgit Karin Ursula Andrea
        Stefanie Julia Katharina Lena Lea Hannah Mia Emma Sophie Johanna Franziska Christina
        Nicole Melanie Sandra Jörgine Käthe Bärbel Renate Helga Ingrid Gisela Brigitte Elke
        Heike Anja Silke Ulrike Martina Lina Marlene Frieda Greta Paula Clara Luise Zeynep Ayşe
        Magdalena""",
    "GB": """Olivia Amelia Isla Emily Sophie Charlotte Grace Jessica Sarah Emma Laura
        Rebecca Hannah Katherine Elizabeth Margaret Susan Patricia Linda Barbara Helen Karen
        Nicola Claire Joanne Tracey Julie Amanda Lucy Chloe Megan Bethany Georgina Harriet
        Florence Poppy Freya Ivy Rosie Eleanor Alice Victoria Priya Aisha Fiona Siobhan Zoe
        Imogen Beatrice Gemma""",
}
_MALE = {
    "NL": """Johannes Jan Cornelis Hendrik Willem Pieter Gerrit Petrus Jacobus Daan Sem
        Lucas Levi Finn Noah Thomas Tim Bram Lars Jesse Thijs Ruben Niels Jeroen Martijn Marcel
        Dennis Erik Robert Peter Paul Michael Mark Richard Ronald Patrick Bas Bart Joost Sander
        Wouter Maarten Stefan Rick Kevin Jasper Sjoerd Tjeerd Douwe Wietse Antonius Theodorus
        Franciscus Leonardus Adrianus Nicolaas Frederik Matthijs Daniël Joël Raphaël René André
        José Mohamed Ahmed Youssef Ali Mehmet Mustafa Ravi Rachid Arjen Arno Edwin Frank Hugo
        Ivo Koen Leon Menno Olaf""",
    "BE": """Jan Luc Marc Dirk Patrick Philippe Michel Jean Pierre Thomas Louis Arthur Noah
        Adam Liam Lucas Jules Victor Gabriel Mohamed Wout Seppe Tuur Stijn Pieter Joris Kristof
        Geert Filip Koen Bart Tom Wim Steven Sven Jeroen Karel Rik Frederik Maxime Antoine
        Nicolas François Benoît Olivier Stéphane Hervé Didier Yves Thibault""",
    "DE": """Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Günther Stefan Christian
        Uwe Werner Frank Markus Matthias Alexander Daniel Jan Sebastian Florian Tobias
        Maximilian Leon Paul Jonas Felix Lukas Ben Elias Noah Jörg Björn Sören Ralf Bernd Holger
        Dieter Horst Manfred Heinz Karl Friedrich Wilhelm Otto Johann Moritz Anton Emil Mehmet
        Tomasz""",
    "GB": """Oliver George Harry Jack Noah Charlie Jacob Alfie Thomas James William John
        David Robert Michael Andrew Richard Paul Mark Stephen Christopher Peter Matthew Daniel
        Simon Anthony Kevin Gary Ian Graham Keith Alan Stuart Neil Edward Henry Arthur Theodore
        Samuel Benjamin Joseph Joshua Callum Ewan Rhys Owen Mohammed Imran Raj Nathaniel""",
}
_LAST_HEAD = {
    "NL": """de Jong|Jansen|de Vries|van den Berg|van Dijk|Bakker|Janssen|Visser|Smit
        |Meijer|de Boer|Mulder|de Groot|Bos|Vos|Peters|Hendriks|van Leeuwen|Dekker|Brouwer
        |de Wit|Dijkstra|Smits|de Graaf|van der Meer|van der Linden|Kok|Jacobs|de Haan|Vermeulen
        |van den Heuvel|van der Veen|van den Broek|de Bruijn|van der Heijden|Schouten|van Beek
        |Willems|van Vliet|van de Ven|Hoekstra|Maas|Verhoeven|Koster|van Dam|van der Wal|Prins
        |Blom|Huisman|Peeters|de Jonge|Kuipers|van Veen|Post|Kuiper|Veenstra|Kramer
        |van den Brink|Scholten|van Wijk|Postma|Martens|Vink|de Ruiter|Timmermans|Groen
        |Gerritsen|Jonker|van Loon|Boer|van der Velde|Willemsen|Smeets|de Lange|de Vos
        |van Dongen|Schipper|de Koning|van der Laan|Koning|Driessen|Yilmaz|el Idrissi|Çelik
        |Nguyen|Ramdin|Bouzid|Kaya|Mohan|Fernández|Müller""",
    "BE": """Peeters|Janssens|Maes|Jacobs|Mertens|Willems|Claes|Goossens|Wouters|De Smet
        |Dubois|Lambert|Dupont|Martin|Simon|Hermans|Pauwels|Aerts|Michiels|Hendrickx|De Clercq
        |Van Damme|Desmet|Leclercq|Segers|Lemmens|Stevens|De Backer|Cools|Renard|Lejeune|Gérard
        |Lefèvre|Noël|Vermeersch|Verhaeghe|Van de Velde|De Wilde|Bogaert|Coppens""",
    "DE": """Müller|Schmidt|Schneider|Fischer|Weber|Meyer|Wagner|Becker|Schulz|Hoffmann
        |Schäfer|Koch|Bauer|Richter|Klein|Wolf|Schröder|Neumann|Schwarz|Zimmermann|Braun|Krüger
        |Hofmann|Hartmann|Lange|Schmitt|Werner|Krause|Meier|Lehmann|Köhler|Herrmann|König|Walter
        |Mayer|Huber|Kaiser|Fuchs|Peters|Lang|Scholz|Möller|Weiß|Jung|Hahn|Schubert|Vogel
        |Friedrich|Günther|Keller|Jäger|Böhm|Yildiz|Kowalski|Nowak""",
    "GB": """Smith|Jones|Taylor|Brown|Williams|Wilson|Johnson|Davies|Robinson|Wright
        |Thompson|Evans|Walker|White|Roberts|Green|Hall|Wood|Jackson|Clarke|Patel|Khan|Lewis
        |James|Phillips|Mason|Mitchell|Rose|Davis|Rodgers|Cox|Alexander|Campbell|MacDonald
        |O'Brien|O'Neill|Murphy|Kelly|Begum|Hussain|Singh|Stewart|Murray|Morgan|Hughes|Edwards
        |Turner|Parker|Collins|Bennett""",
}
_LAST_PARTS = {
    "NL": (
        "Berg Dal Meer Veen Wijk Hout Beek Poel Water Land Steen Brug Haven Horst Bosch Laar Kamp "
        "Brand Eik Linde Hof Goor Rijn Maas Duin Zand Heide Molen Kerk Wold",
        "sma stra inga man huis mans ink huizen weg kamp veld horst meijer dijk hof burg",
    ),
    "BE": (
        "Van den |Van der |Van |De |Vande|Ver|Vander|Op de ",
        "Bossche Broeck Berghe Meulen Kerckhove Castele Driessche Eynde Abeele Poorten Steene"
        " Velde Haegen Linden Heyden Straeten Zande Putte Winckel Laer Walle Hove Eecke Wiele"
        " Mierop Reybroeck",
    ),
    "DE": (
        "Stein Berg Ober Nieder Wald Feld Linden Eichen Buch Birken Roth Schön Hoch Brand Kirch"
        " Acker Hof Bach Brunn Mühl Stahl Neu Alten Grün Sonnen Winter Rosen",
        "mann meier hoff hofer bauer müller berger feld bach heim stein hauser huber wald",
    ),
    "GB": (
        "Ash Black Brad Brom Chester Cross Edger Fair Green Hart Hather Kings Lang Marsh Nor Oak"
        " Pem Rad Red Sher South Stan Thorn Wake West Whit Win Wood",
        "ton ley ford field wood worth well ham bury bourne man stone dale combe",
    ),
}
NICKNAMES = {
    "Johannes": "Hans", "Cornelis": "Kees", "Hendrik": "Henk", "Willem": "Wim", "Pieter": "Piet",
    "Petrus": "Peter", "Jacobus": "Jaap", "Antonius": "Ton", "Theodorus": "Theo",
    "Franciscus": "Frans", "Leonardus": "Leo", "Adrianus": "Ad", "Nicolaas": "Klaas",
    "Johanna": "Jo", "Cornelia": "Corrie", "Elisabeth": "Els", "Wilhelmina": "Willy",
    "Hendrika": "Riek", "Catharina": "Toos", "Margaretha": "Greet", "Geertruida": "Truus",
    "Michael": "Mike", "William": "Bill", "Robert": "Bob", "Richard": "Rick", "Thomas": "Tom",
    "Katherine": "Kate", "Elizabeth": "Liz", "Margaret": "Maggie", "Christopher": "Chris",
    "Matthew": "Matt", "Anthony": "Tony", "Edward": "Ted", "Benjamin": "Ben", "Joseph": "Joe",
    "Joshua": "Josh", "Samuel": "Sam", "Alexander": "Alex", "Maximilian": "Max",
    "Sebastian": "Basti", "Katharina": "Kathi", "Stefanie": "Steffi", "Susanne": "Susi",
    "Friedrich": "Fritz", "Matthijs": "Thijs", "Frederik": "Freek",
}  # fmt: skip


@dataclass(frozen=True)
class NamePool:
    """Names in one array; per country the positions of its names and their cumulative shares."""

    names: np.ndarray
    positions: dict[str, np.ndarray]
    cumulative: dict[str, np.ndarray]

    def draw(self, rng: np.random.Generator, country: str, count: int) -> np.ndarray:
        """Draw `count` positions in `names` for one country, common names more often."""
        at = np.searchsorted(self.cumulative[country], rng.random(count), side="right")
        return self.positions[country][np.minimum(at, len(self.positions[country]) - 1)]


def _pool(lists: dict[str, list[str]], skew: float, also: tuple[str, ...] = ()) -> NamePool:
    names = sorted({name for words in lists.values() for name in words} | set(also))
    index = {name: number for number, name in enumerate(names)}
    positions, cumulative = {}, {}
    for country, words in lists.items():
        unique = list(dict.fromkeys(words))
        positions[country] = np.array([index[name] for name in unique], dtype=np.int32)
        weights = 1.0 / (np.arange(len(unique)) + 3.0) ** skew
        cumulative[country] = np.cumsum(weights / weights.sum())
    return NamePool(np.array(names, dtype=object), positions, cumulative)


def first_names() -> NamePool:
    """All first names, men's and women's alternating by rank."""
    lists = {}
    for country in COUNTRIES:
        women, men = _FEMALE[country].split(), _MALE[country].split()
        lists[country] = [name for pair in zip(women, men, strict=False) for name in pair]
    return _pool(lists, skew=0.6, also=tuple(NICKNAMES.values()))


def nicknames(pool: NamePool) -> np.ndarray:
    """For every name of the pool the position of its nickname, -1 where it has none."""
    index = {name: number for number, name in enumerate(pool.names)}
    return np.array([index[NICKNAMES[name]] if name in NICKNAMES else -1 for name in pool.names])


def last_names() -> NamePool:
    """All last names: the common ones first, then the composed tail."""
    lists = {}
    for country in COUNTRIES:
        head = [name.strip() for name in _LAST_HEAD[country].replace("\n", "").split("|")]
        left, right = _LAST_PARTS[country]
        starts = left.split("|") if "|" in left else left.split()
        # "Vande" + "Putte" reads Vandeputte; "Van den " + "Putte" keeps its capital.
        tail = [
            start + (end if start.endswith(" ") else end.lower())
            for start, end in product(starts, right.split())
            if start.lower() != end.lower()
        ]
        # Interleaved: otherwise the first of the parts would own the frequent end of the tail.
        lists[country] = head + [name for offset in range(7) for name in tail[offset::7]]
    return _pool(lists, skew=0.75)
