"""Kinds of Spanish, French, Italian, Portuguese and Hindi, each with words of its own."""

from __future__ import annotations

import re
import time

import pytest

from worker.pronunciation.reading.european.european_names import read_roman
from worker.pronunciation.reading.european.european_rules import load_european_rules
from worker.pronunciation.reading.rules import RuleTable
from worker.pronunciation.reading.spoken_text import SpokenText

TABLES = {letter: load_european_rules(letter) for letter in "efhip"}

EXAMPLES = {
    "e": {
        "abbreviation": [("La Sra. Lobo, pág. 6", "La señora Lobo, página seis")],
        "time": [
            ("Llega a las 18:40", "Llega a las dieciocho y cuarenta"),
            ("Cena a las 9:30 p.m. hoy", "Cena a las nueve y media de la noche hoy"),
            ("Abre a la 1:15", "Abre a la una y cuarto"),
        ],
        "money": [
            ("Vale 7,25 €", "Vale siete euros con veinticinco céntimos"),
            ("Costó 300 £", "Costó trescientas libras"),
            ("un fondo de 4 millones €", "un fondo de cuatro millones de euros"),
            ("cobra $2,300.50", "cobra dos mil trescientos dólares con cincuenta centavos"),
            ("a 3 €/kg", "a tres euros por kilogramo"),
        ],
        "measure": [
            ("a 80 km/h", "a ochenta kilómetros por hora"),
            ("21 t", "veintiuna toneladas"),
            ("6 m²", "seis metros cuadrados"),
            ("sube un 12 %", "sube un doce por ciento"),
            ("-3 °C", "menos tres grados Celsius"),
        ],
        "fraction": [("3/4", "tres cuartos"), ("2 1/2", "dos y medio"), ("1/12", "un doceavo")],
        "date": [
            ("El 1/9/1987", "El primero de septiembre de mil novecientos ochenta y siete"),
            ("el 14 de julio de 1950", "el catorce de julio de mil novecientos cincuenta"),
        ],
        "roman": [
            ("el siglo XVI", "el siglo dieciséis"),
            ("Carlos V y Alfonso XIII", "Carlos quinto y Alfonso trece"),
            ("Isabel II", "Isabel segunda"),
            ("Capítulo IX", "Capítulo nueve"),
        ],
        "ordinal": [("la 7.ª vez", "la séptima vez"), ("el 3er piso", "el tercer piso")],
        "cardinal": [
            ("pagó 2.345", "pagó dos mil trescientos cuarenta y cinco"),
            ("201 mesas", "doscientas una mesas"),
            ("21 libros", "veintiún libros"),
            ("agente 007", "agente cero cero siete"),
            ("mide 1,75", "mide uno coma setenta y cinco"),
        ],
        "range": [("lea 15-18", "lea quince a dieciocho")],
        "version": [("la 3.0.2", "la tres punto cero punto dos")],
        "telephone": [
            ("Tel. 93 444 50", "teléfono nueve tres, cuatro cuatro cuatro, cinco cero"),
            ("+34 612 33", "más tres cuatro, seis uno dos, tres tres"),
        ],
        "electronic": [("ana@correo.es", "ana arroba correo punto e s")],
        "sign": [("sal & pan", "sal y pan")],
        "math": [("6 x 7", "seis por siete")],
    },
    "f": {
        "abbreviation": [
            ("Mme Roux et M. Blanc", "madame Roux et monsieur Blanc"),
            ("voir p. 12", "voir page douze"),
            ("à St-Cloud", "à saint-Cloud"),
        ],
        "time": [("Il part à 8h15", "Il part à huit heures quinze"), ("à 1h", "à une heure")],
        "money": [
            ("3,40 €", "trois euros et quarante centimes"),
            ("12 millions €", "douze millions d'euros"),
        ],
        "measure": [
            ("90 km/h", "quatre-vingt-dix kilomètres à l'heure"),
            ("1,5 kg", "un virgule cinq kilogramme"),
            ("30 %", "trente pour cent"),
        ],
        "fraction": [("3/4", "trois quarts"), ("5 1/2", "cinq et demi")],
        "date": [
            ("le 1er mai 1968", "le premier mai mille neuf cent soixante-huit"),
            ("05/11/1975", "cinq novembre mille neuf cent soixante-quinze"),
        ],
        "roman": [
            ("François Ier", "François premier"),
            ("Henri IV", "Henri quatre"),
            ("au XVIIe siècle", "au dix-septième siècle"),
            ("la IIIe République", "la troisième République"),
        ],
        "ordinal": [("la 3e fois", "la troisième fois"), ("la 1re page", "la première page")],
        "cardinal": [("45 300 voix", "quarante-cinq mille trois cents voix")],
        "range": [("de 5-6 ans", "de cinq à six ans")],
        "telephone": [
            ("06 12 34 56 07", "zéro six, douze, trente-quatre, cinquante-six, zéro sept"),
        ],
        "version": [("la version 2.6.1", "la version deux point six point un")],
        "electronic": [("lise@poste.fr", "lise arobase poste point f r")],
        "sign": [("fil & aiguille", "fil et aiguille")],
        "math": [("6 x 7", "six fois sept")],
    },
    "i": {
        "abbreviation": [("La sig.ra Verdi, pag. 9", "La signora Verdi, pagina nove")],
        "time": [("alle 15:20", "alle quindici e venti"), ("alle 9:30", "alle nove e mezza")],
        "money": [("4,60 €", "quattro euro e sessanta centesimi"), ("1 £", "una sterlina")],
        "measure": [("70 km/h", "settanta chilometri all'ora"), ("5 %", "cinque per cento")],
        "fraction": [("2/3", "due terzi"), ("1/4", "un quarto")],
        "date": [("25/4/1945", "venticinque aprile millenovecentoquarantacinque")],
        "roman": [("Pio XII", "Pio dodicesimo"), ("nel XV secolo", "nel quindicesimo secolo"),
            ("cap. VI", "capitolo sei")],
        "ordinal": [("il 4º posto", "il quarto posto"), ("la 5ª volta", "la quinta volta")],
        "cardinal": [("12.000 lire", "dodicimila lire"), ("1 sedia", "una sedia")],
        "range": [("da 8-11 anni", "da otto a undici anni")],
        "version": [("la versione 2.6.1", "la versione due punto sei punto uno")],
        "telephone": [("tel. 06 123456", "telefono zero sei, uno due tre quattro cinque sei")],
        "electronic": [("luca@posta.it", "luca chiocciola posta punto i t")],
        "sign": [("ago & filo", "ago e filo")],
        "math": [("6 x 7", "sei per sette")],
    },
    "p": {
        "abbreviation": [("O Dr. Melo, pág. 8", "O doutor Melo, página oito")],
        "time": [
            ("às 16h20", "às dezesseis horas e vinte"),
            ("15:10 da tarde", "três horas e dez da tarde"),
        ],
        "money": [("R$ 7,80", "sete reais e oitenta centavos"), ("£ 2", "duas libras")],
        "measure": [("60 km/h", "sessenta quilômetros por hora"), ("9 %", "nove por cento")],
        "fraction": [("2/5", "dois quintos"), ("4/13", "quatro treze avos")],
        "date": [("7/9/1822", "sete de setembro de mil oitocentos e vinte e dois")],
        "roman": [("João VI", "João sexto"),
            ("Luís XV", "Luís quinze"), ("século V", "século quinto")],
        "ordinal": [("a 5ª rua", "a quinta rua"), ("o 42º dia", "o quadragésimo segundo dia")],
        "cardinal": [("202 casas", "duzentas e duas casas")],
        "telephone": [("(21) 2345-6789", "dois um, dois três quatro cinco, seis sete oito nove")],
        "range": [("de 8-11 anos", "de oito a onze anos")],
        "version": [("a versão 2.6.1", "a versão dois ponto seis ponto um")],
        "electronic": [("lia@correio.br", "lia arroba correio ponto b r")],
        "sign": [("linha & agulha", "linha e agulha")],
        "math": [("6 x 7", "seis vezes sete")],
    },
    "h": {
        "abbreviation": [("डॉ. वर्मा", "डॉक्टर वर्मा")],
        "time": [("7:45", "सात बजकर पैंतालीस मिनट"), ("6:00", "छह बजे"), ("9:45 बजे", "पौने दस बजे")],
        "money": [("₹37.25", "सैंतीस रुपए पच्चीस पैसे")],
        "measure": [("४५ km", "पैंतालीस किलोमीटर"), ("4.5 yr", "साढ़े चार साल")],
        "fraction": [("3/7", "तीन बटा सात"), ("1 1/2", "डेढ़")],
        "date": [
            ("14-08-1996", "चौदह अगस्त उन्नीस सौ छियानबे"),
            ("1857 में", "अठारह सौ सत्तावन में"),
        ],
        "ordinal": [("२री", "दूसरी"), ("24वाँ", "चौबीसवाँ"), ("3rd", "थर्ड")],
        "cardinal": [("2,50,000", "दो लाख पचास हज़ार"), ("3.14", "तीन दशमलव एक चार")],
        "telephone": [("022-2345678", "शून्य दो दो, दो तीन चार पाँच छह सात आठ")],
        "electronic": [("ab@gmail.com", "ए बी एट जीमेल डॉट कॉम")],
        "address": [("72 गांधी रोड", "सात दो गांधी रोड")],
        "range": [("8-11 साल", "आठ से ग्यारह साल")],
        "version": [("संस्करण 2.6.1", "संस्करण दो पॉइंट छह पॉइंट एक")],
        "sign": [("चाय & दूध", "चाय और दूध")],
        "math": [("6 x 7", "छह गुणा सात")],
    },
}  # fmt: skip
CASES = [
    (letter, kind, written, said)
    for letter, kinds in EXAMPLES.items()
    for kind, examples in kinds.items()
    for written, said in examples
]


def read(table: RuleTable, line: str) -> str:
    """Return `line` as it is said, with single spaces."""
    return re.sub(" +", " ", SpokenText(line, table.find(line)).text).strip()


@pytest.mark.parametrize(("letter", "kind", "written", "said"), CASES)
def test_a_kind_is_read_as_people_read_it(letter: str, kind: str, written: str, said: str) -> None:
    """Each kind is put into the words of its language, by a rule of that name."""
    assert read(TABLES[letter], written) == said
    assert kind in {one.kind for one in TABLES[letter].find(written)}


@pytest.mark.parametrize(
    ("letter", "line"),
    [
        ("e", "Malcolm X y la vitamina C"),
        ("f", "Ils regardent la mer."),
        ("f", "Les amis vers le soir. Le vent."),
        ("i", "I ragazzi sono qui."),
        ("p", "Ele é bom."),
        ("h", "वह घर गया."),
    ],
)
def test_words_are_left_alone(letter: str, line: str) -> None:
    """What is no figure, sign or short form is read as before."""
    assert read(TABLES[letter], line) == line


@pytest.mark.parametrize(
    ("letter", "line", "said"),
    [
        ("i", "la 3° volta, a 20° all'ombra", "la terza volta, a venti gradi all'ombra"),
        ("e", "el 3° piso, a 20°", "el tercer piso, a veinte grados"),
    ],
)
def test_a_degree_sign_may_end_an_ordinal(letter: str, line: str, said: str) -> None:
    """Between an article and a noun it is no degree."""
    assert read(TABLES[letter], line) == said


def test_roman_numerals_are_well_formed() -> None:
    """Letters in another order are a word."""
    assert (read_roman("XLIV"), read_roman("MIX"), read_roman("IC")) == (44, 1009, 0)


@pytest.mark.parametrize("letter", TABLES)
@pytest.mark.parametrize(
    "piece", ["9", "1,", "1.", "a.", "a@", "1 000 ", "1-", "1/", "X ", "h1:", "€1"]
)
def test_the_work_grows_no_faster_than_the_text(letter: str, piece: str) -> None:
    """Hostile text of ten times the length takes far less than a hundred times as long."""

    def work(size: int) -> float:
        line = (piece * size)[:size]
        start = time.process_time()
        TABLES[letter].find(line)
        return time.process_time() - start

    assert work(30_000) < 40 * max(work(3_000), 0.05)
