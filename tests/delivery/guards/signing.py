"""Signatures of real images by real cosign, in a real registry on this machine.

An authority of the test stands in for Fulcio: its certificates have the identity and the issuer
that Fulcio takes from GitHub's token (Fulcio, docs/oidc.md and docs/oid-info.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tests.support.programs import program

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
ISSUER_OF_TOKEN = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
FOR_TESTS = (
    "--allow-http-registry --allow-certificate-chain --insecure-ignore-tlog --insecure-ignore-sct"
)
"""There is no transparency log here, and no TLS; all else is verified as in the pipeline."""


@dataclass(frozen=True)
class Signing:
    """A registry, an authority, and `folder`/bin with a cosign that trusts that authority alone."""

    folder: Path
    registry: str

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
        made = _certificate(name, name, key, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        made = made.add_extension(_usage(signs_certificates=True), critical=True)
        self._write("authority", key, made.sign(key, hashes.SHA256()))
        services = f"url=https://fulcio.test,certificate-chain={self.folder / 'authority.pem'}"
        others = [f"--no-default-{kind}" for kind in ("fulcio", "ctfe", "rekor", "tsa")]
        root = self.folder / "root.json"
        self._cosign("trusted-root", "create", "--fulcio", services, *others, "--out", str(root))
        (self.folder / "bin").mkdir()
        wrapper = self.folder / "bin/cosign"
        options = f"{FOR_TESTS} --trusted-root {root}"
        wrapper.write_text(f'#!/bin/sh\nexec {program("cosign")} "$@" {options}\n')
        wrapper.chmod(0o755)

    def push(self, image: str) -> str:
        """The digest of a new image without layers."""
        base = f"http://{self.registry}/v2/{image}"
        rootfs = {"type": "layers", "diff_ids": []}
        labels = {"Labels": {"of": image}}
        system = {"architecture": "arm64", "os": "linux"}
        config = json.dumps({**system, "config": labels, "rootfs": rootfs}).encode()
        begun = httpx.post(f"{base}/blobs/uploads/").headers["Location"]
        url = httpx.URL(begun).copy_add_param("digest", _digest(config))
        httpx.put(url, content=config).raise_for_status()
        layer = {"mediaType": CONFIG, "digest": _digest(config), "size": len(config)}
        manifest = json.dumps(
            {"schemaVersion": 2, "mediaType": MANIFEST, "config": layer, "layers": []}
        ).encode()
        digest = _digest(manifest)
        answer = httpx.put(
            f"{base}/manifests/{digest}", content=manifest, headers={"Content-Type": MANIFEST}
        )
        answer.raise_for_status()
        return digest

    def sign(self, image: str, digest: str, identity: str, issuer: str) -> None:
        """As a job with this identity would, whose token is of that issuer."""
        key = ec.generate_private_key(ec.SECP256R1())
        authority = self._read_authority()
        made = _certificate(
            x509.Name([]), authority[1].subject, key, authority[0], hours=1
        ).add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=True
        )
        text = issuer.encode()
        der = bytes([0x0C, len(text)]) + text  # UTF8String
        made = (
            made.add_extension(x509.UnrecognizedExtension(ISSUER_OF_TOKEN, der), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
        )
        self._write("leaf", key, made.sign(authority[0], hashes.SHA256()))
        for name in ("own.key", "own.pub"):
            (self.folder / name).unlink(missing_ok=True)
        leaf, own = self.folder / "leaf", self.folder / "own"
        self._cosign("import-key-pair", "--key", f"{leaf}.key", "--output-key-prefix", str(own))
        chain = ("--certificate-chain", f"{self.folder / 'authority.pem'}")
        offline = ("--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry")
        self._cosign(
            *("sign", "--yes", "--key", f"{own}.key", "--certificate", f"{leaf}.pem"),
            *(*chain, *offline, f"{self.registry}/{image}@{digest}"),
        )

    def _cosign(self, *arguments: str) -> None:
        variables = {**os.environ, "COSIGN_PASSWORD": ""}
        command = [program("cosign"), *arguments]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def _write(
        self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> None:
        pem = serialization.Encoding.PEM
        form = serialization.PrivateFormat.TraditionalOpenSSL
        private = key.private_bytes(pem, form, serialization.NoEncryption())
        (self.folder / f"{name}.key").write_bytes(private)
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))

    def _read_authority(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key = (self.folder / "authority.key").read_bytes()
        private = serialization.load_pem_private_key(key, None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        certificate = (self.folder / "authority.pem").read_bytes()
        return private, x509.load_pem_x509_certificate(certificate)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    hours: int = 2,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=hours))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
