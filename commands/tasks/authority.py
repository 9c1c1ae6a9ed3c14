"""A certificate authority for this machine: what stands in for AWS's stores answers with TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY, BUNDLE, CERTIFICATE, KEY = "ca.crt", "bundle.crt", "server.crt", "server.key"
_AUTHORITY_KEY = "ca.key"
DAYS = 365


def write(folder: Path, hosts: Iterable[str]) -> None:
    """The authority once, and each time a certificate for `hosts`. The bundle is this machine's
    authorities and ours."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _AUTHORITY_KEY).exists():
        _make_authority(folder)
    authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    signer = serialization.load_pem_private_key((folder / _AUTHORITY_KEY).read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(host) for host in sorted({"localhost", *hosts})]
    certificate = (
        _unsigned("local", authority.subject, key, ca=False)
        .add_extension(
            x509.SubjectAlternativeName([*names, x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        .sign(signer, hashes.SHA256())
    )
    _write_key(folder / KEY, key)
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    system = ssl.get_default_verify_paths().cafile
    trusted = Path(system).read_text() if system else ""
    (folder / BUNDLE).write_text(trusted + (folder / AUTHORITY).read_text())


def _make_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "plataforma on this machine")])
    certificate = _unsigned("", name, key, ca=True).sign(key, hashes.SHA256())
    (folder / AUTHORITY).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(folder / _AUTHORITY_KEY, key)


def _unsigned(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]) if subject else issuer
    return (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(text)
    # The servers' users, whose ids are others, read it; the folder is this user's alone.
    path.chmod(0o444)
