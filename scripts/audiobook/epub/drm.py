"""Refuses a book whose text is encrypted and names the scheme; obfuscated fonts are allowed."""

from jobs.errors import InputError
from scripts.audiobook.epub.zip_archive import Archive
from scripts.audiobook.html.elements import tag_of
from scripts.audiobook.html.parse import parse_xml

_ENCRYPTION = "META-INF/encryption.xml"
_FONT_ALGORITHMS = frozenset(
    {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
)
_SCHEMES = {
    "META-INF/sinf.xml": "Apple FairPlay",
    "META-INF/license.lcpl": "Readium LCP",
    "rights.xml": "Kobo",
}
_ADEPT = b"http://ns.adobe.com/adept"


def check_rights(archive: Archive) -> None:
    """Raise InputError if digital rights management protects the book."""
    scheme = _find_scheme(archive)
    if scheme or _is_encrypted(archive):
        raise InputError(
            f"{archive.path} is protected by DRM ({scheme or 'an unknown scheme'}) and cannot be "
            "read; give a copy without DRM, for example from a shop that sells such"
        )


def _find_scheme(archive: Archive) -> str:
    for name, scheme in _SCHEMES.items():
        if archive.find(name):
            return scheme
    # This file may hold any statement of rights; Adobe's contains its namespace.
    rights = archive.find("META-INF/rights.xml")
    return "Adobe ADEPT" if rights and _ADEPT in archive.read(rights) else ""


def _is_encrypted(archive: Archive) -> bool:
    if not archive.find(_ENCRYPTION):
        return False
    root = parse_xml(archive.read(_ENCRYPTION), _ENCRYPTION)
    algorithms = {
        method.get("Algorithm") or ""
        for entry in root.iter()
        if tag_of(entry) == "encrypteddata"
        for method in entry
        if tag_of(method) == "encryptionmethod"
    }
    return not algorithms <= _FONT_ALGORITHMS
