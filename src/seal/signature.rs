//! Detached signatures in OpenSSH's SSHSIG format
//! (<https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.sshsig?annotate=HEAD>).

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, LineEnding, PublicKey, SshSig};

/// What the signature is for: one that was made for something else, such as a commit, is none of a seal.
pub const NAMESPACE: &str = "driftlead-seal";

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read: cut short, or something else.
    NotASignature,
    /// It was made for something else.
    Namespace(String),
    /// It is of other bytes.
    Changed,
    /// This driftlead does not know how to check it: the kind of key.
    Unsupported(String),
}

/// Whether signatures of a key of this kind can be checked here.
pub fn can_verify(key: &KeyData) -> bool {
    matches!(
        key.algorithm(),
        Algorithm::Ed25519
            | Algorithm::SkEd25519
            | Algorithm::SkEcdsaSha2NistP256
            | Algorithm::Rsa { .. }
            | Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }
    )
}

/// What a text in PEM holds, wherever its lines end.
fn body(pem: &str) -> String {
    pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect()
}

/// Checks that a signature is of these bytes, and tells by which key it is.
///
/// # Errors
/// Why it does not hold.
pub fn check(message: &[u8], signature: &[u8]) -> Result<PublicKey, Fault> {
    let text = std::str::from_utf8(signature).map_err(|_| Fault::NotASignature)?;
    let signature = SshSig::from_pem(text.trim()).map_err(|_| Fault::NotASignature)?;
    // `ssh-key` 0.6.7 reads over lengths that do not fit and versions before the first, at which ssh-keygen stops. It cannot write
    // what a security key signs with ECDSA, so that there is nothing to compare with.
    let is_exact = || signature.to_pem(LineEnding::LF).is_ok_and(|exact| body(&exact) == body(text));
    if signature.version() != SshSig::VERSION || (signature.algorithm() != Algorithm::SkEcdsaSha2NistP256 && !is_exact()) {
        return Err(Fault::NotASignature);
    }
    if signature.namespace() != NAMESPACE {
        return Err(Fault::Namespace(signature.namespace().to_owned()));
    }
    if !can_verify(signature.public_key()) {
        return Err(Fault::Unsupported(signature.public_key().algorithm().to_string()));
    }
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(NAMESPACE, message, &signature).map_err(|_| Fault::Changed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use ssh_key::HashAlg;

    use super::super::testing::private;
    use super::*;

    #[test]
    fn only_a_signature_of_these_bytes_for_this_purpose_holds() {
        let sign = |namespace: &str, message: &[u8]| {
            private(1).sign(namespace, HashAlg::Sha512, message).unwrap().to_pem(LineEnding::LF).unwrap().into_bytes()
        };
        let good = sign(NAMESPACE, b"manifest");
        assert_eq!(check(b"manifest", &good).unwrap().key_data(), private(1).public_key().key_data());
        assert_eq!(check(b"manifest", &sign(NAMESPACE, b"another")), Err(Fault::Changed));
        assert_eq!(check(b"manifest", &sign("file", b"manifest")), Err(Fault::Namespace("file".to_owned())));
        for bad in [&good[..good.len() / 2], b"", b"hello", b"\xff\xfe"] {
            assert_eq!(check(b"manifest", bad), Err(Fault::NotASignature));
        }
    }

    #[test]
    fn no_flipped_byte_of_a_signature_passes_as_another_one() {
        let good = private(1).sign(NAMESPACE, HashAlg::Sha512, b"manifest").unwrap().to_pem(LineEnding::LF).unwrap().into_bytes();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            // White space around it may change; nothing in it.
            let outcome = check(b"manifest", &bad);
            assert!(outcome.is_err() || at + 1 == good.len(), "byte {at}: {outcome:?}");
        }
    }
}
