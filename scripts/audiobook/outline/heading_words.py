"""The words of headings in Kokoro's languages, and German: kinds, ordinals, numbers, names.

Each table is the inside of a regular expression that ignores case.
"""

PARTS = (
    "part|book|volume|vol\\.|act|teil|buch|band|akt|aufzug"
    "|partie|livre|tome|acte|parte|libro|tomo|acto|jornada|volumen"
    "|volume|atto|livro|ato|भाग|खण्ड|खंड|पर्व|काण्ड|कांड"
)
"""What holds chapters."""
CHAPTERS = (
    "chapter|chap\\.?|adventure|letter|stave|canto|scene|lecture|sonnet|episode"
    "|kapitel|brief|szene|auftritt|gesang|chapitre|chap\\.|lettre|scène|chant"
    "|cap[ií]tulo|cap\\.|carta|escena|capitolo|lettera|scena|cena"
    "|अध्याय|परिच्छेद|सर्ग|प्रकरण"
)
NAMES = (
    "prologue|epilogue|introduction|preface|foreword|afterword|interlude|conclusion|postscript"
    "|to the reader|prolog|epilog|vorwort|nachwort|einleitung|zwischenspiel"
    "|épilogue|avant-propos|préface|postface|intermède|au lecteur"
    "|prólogo|epílogo|prefacio|introducción|conclusión|al lector"
    "|prologo|epilogo|prefazione|introduzione|conclusione|proemio|al lettore"
    "|prefácio|introdução|conclusão|ao leitor"
    "|प्रस्तावना|उपसंहार|भूमिका|序章|终章|終章|楔子|序言|前言|尾声|后记|後記"
    "|プロローグ|エピローグ|あとがき|まえがき|はじめに|おわりに"
)
"""Chapters without a number."""
CARDINALS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    "|(?:thir|four|fif|six|seven|eigh|nine)teen"
    "|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[- ]\\w+)?"
    "|(?:one|two|three) hundred(?: and)?(?: \\w+(?:-\\w+)?)?"
    "|eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
    "|(?:vingt|trente|quarante|cinquante|soixante)(?:[- ](?:et[- ])?\\w+)?"
    "|une?|deux|trois|quatre|cinq|sept|huit|neuf|dix(?:-\\w+)?|onze|douze|treize|quatorze|quinze"
    "|seize|un[ao]|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince"
    "|dieci\\w+|veinti?\\w+|venti?\\w*|(?:treinta|cuarenta|cincuenta)(?: y \\w+)?"
    "|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|tredici|quattordici|quindici"
    "|sedici|uma?|dois|três|quatro|sete|oito|dez\\w*|doze|treze"
    "|(?:vinte|trinta|quarenta)(?: e \\w+)?"
    "|एक|दो|तीन|चार|पाँच|पांच|छह|छः|सात|आठ|नौ|दस"
)
_ROMANCE_TENS = (
    "und[eé]cim[oa]|duod[eé]cim[oa]|d[eé]cim[oa](?:[ -]?\\w+[oa])?"
    "|\\w{3,}[eé]sim[oa](?:[ -]\\w+[oa])?"
)
ORDINALS = (
    "(?:the )?(?:(?:\\w+ty[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    "|tenth|eleventh|twelfth|\\w{3,}teenth|\\w{3,}tieth|last)"
    "|(?:erst|zweit|dritt|viert|fünft|sechst|siebt|siebent|acht|neunt|zehnt|elft|zwölft"
    "|\\w{3,}zehnt|\\w{3,}zigst|letzt)e[rs]?"
    "|premi(?:er|ère)|seconde?|\\w{3,}ième|dernière?"
    "|primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|sext[oa]|s[eé]ptim[oa]|octav[oa]"
    "|noven[oa]|nov[eé]n[oa]|últim[oa]"
    "|prim[oa]|second[oa]|terz[oa]|quart[oa]|sest[oa]|settim[oa]|ottav[oa]|non[oa]|ultim[oa]"
    "|primeir[oa]|terceir[oa]|sétim[oa]|oitav[oa]"
    f"|{_ROMANCE_TENS}"
    "|पहला|पहली|दूसरा|दूसरी|तीसरा|तीसरी|चौथा|चौथी|पाँचवाँ|पांचवां|छठा|सातवाँ|आठवाँ|नौवाँ|दसवाँ"
    "|प्रथम|द्वितीय|तृतीय|चतुर्थ|पंचम|पञ्चम|षष्ठ|सप्तम|अष्टम|नवम|दशम"
)
CJK_DIGITS = "〇零一二三四五六七八九"
CJK_NUMBER = rf"[{CJK_DIGITS}十百千两廿\d０-９]"
CJK_PARTS = "[部卷巻編编篇幕]"
CJK_CHAPTERS = "[章回節节話话场場課课]"
CONTENTS = (
    "(?:table of )?contents|inhalt(?:sverzeichnis)?|table(?: des matières)?|sommaire"
    "|índice(?: general)?|tabla de contenidos?|contenidos?|sommario|indice|sumário|conteúdo"
    "|目次|もくじ|目录|目錄|विषय[- ]?सूची|अनुक्रमणिका|अनुक्रम"
)
"""Titles of a table of contents."""
