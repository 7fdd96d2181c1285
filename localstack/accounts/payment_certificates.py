"""Certificates for the payment platform: authorities that exist for an example, made anew each time; their keys are thrown away."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def authority(name, begins, ends):
    """A certificate authority's own certificate as PEM; `begins` and `ends` are seconds since 1970."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Partner"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    first, last = (datetime.datetime.fromtimestamp(moment, datetime.UTC) for moment in (begins, ends))
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(first).not_valid_after(last)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
