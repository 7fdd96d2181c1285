//! The private key that seals: an OpenSSH key file, as `ssh-keygen` makes them.

use std::path::{Path, PathBuf};

use rsa::pkcs1v15;
use rsa::signature::{SignatureEncoding, Signer};
use ssh_key::private::{KeypairData, RsaKeypair};
use ssh_key::{Algorithm, HashAlg, LineEnding, Mpint, PrivateKey, PublicKey, Signature, SshSig};

use super::signature::{NAMESPACE, can_verify};

/// Names the passphrase of the key.
pub const VARIABLE: &str = "DRIFTLEAD_KEY_PASSPHRASE";

/// Why a key does not seal.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("{file}: others than its owner can read it (mode {mode:04o}), so it proves nothing: chmod 600 {file}, or use another key", file = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is the other half.
    #[error("{}: is a public key; a seal is signed with the private one", .0.display())]
    Public(PathBuf),
    /// Another format.
    #[error("{}: is a key in another format than OpenSSH's: make a copy of it and turn that into one with ssh-keygen -p -f COPY", .0.display())]
    Format(PathBuf),
    /// No key at all.
    #[error("{}: is no private key of OpenSSH: {why}", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It has a passphrase, and nobody said which.
    #[error("{}: has a passphrase: put it into the variable {VARIABLE}", .0.display())]
    Locked(PathBuf),
    /// The passphrase is another one.
    #[error("{}: the passphrase in {VARIABLE} does not open it", .0.display())]
    WrongPassphrase(PathBuf),
    /// Its kind cannot sign here.
    #[error("{}: driftlead cannot sign with a key of the kind {kind}: use Ed25519, ECDSA P-256 or RSA of 2048 to 4096 bits", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// The kind, as SSH names it.
        kind: String,
    },
}

/// A private key that is ready to sign.
#[derive(Debug)]
pub struct SealingKey {
    path: PathBuf,
    key: PrivateKey,
}

impl SealingKey {
    /// Reads a key file; a passphrase is used only where the key has one.
    ///
    /// # Errors
    /// When it is none, when others can read it, or when the passphrase is missing or wrong.
    pub fn read(path: &Path, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { path: path.to_owned(), source };
        let bytes = std::fs::read(path).map_err(io)?;
        let text = String::from_utf8_lossy(&bytes);
        if PublicKey::from_openssh(text.trim()).is_ok() {
            return Err(KeyError::Public(path.to_owned()));
        }
        for_owner_only(path, &std::fs::metadata(path).map_err(io)?)?;
        if text.trim_start().starts_with("-----BEGIN ") && !text.contains("-----BEGIN OPENSSH ") {
            return Err(KeyError::Format(path.to_owned()));
        }
        let not_a_key = |error: ssh_key::Error| KeyError::NotAKey { path: path.to_owned(), why: error.to_string() };
        let mut key = PrivateKey::from_openssh(text.as_bytes()).map_err(not_a_key)?;
        if key.is_encrypted() {
            let passphrase = passphrase.ok_or_else(|| KeyError::Locked(path.to_owned()))?;
            key = key.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase(path.to_owned()))?;
        }
        let own = Self { path: path.to_owned(), key };
        // That it can sign is found out before a scan is made, not after.
        own.sign(b"")?;
        Ok(own)
    }

    /// The kind of key, as SSH names it.
    pub fn algorithm(&self) -> String {
        self.key.algorithm().to_string()
    }

    /// The fingerprint of its public key, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Signs some bytes: the text of a detached signature, as `ssh-keygen -Y sign` writes it.
    ///
    /// # Errors
    /// When the kind of key cannot sign here.
    pub fn sign(&self, message: &[u8]) -> Result<String, KeyError> {
        let cannot = || KeyError::Kind { path: self.path.clone(), kind: self.algorithm() };
        let public = self.key.public_key();
        if !can_verify(public.key_data()) {
            return Err(cannot());
        }
        let signature = match self.key.key_data() {
            KeypairData::Rsa(pair) => sign_with_rsa(pair, message),
            _ => self.key.sign(NAMESPACE, HashAlg::Sha512, message),
        };
        let signature = signature.map_err(|_| cannot())?;
        // A signature that nobody can verify would be found out years later.
        public.verify(NAMESPACE, message, &signature).map_err(|_| cannot())?;
        signature.to_pem(LineEnding::LF).map_err(|_| cannot())
    }
}

/// Signs with RSA. `ssh-key` 0.6.7 puts the first prime in place of the second when it hands the key on, which `rsa` refuses
/// (<https://github.com/RustCrypto/SSH/issues/387>), so the key is put together here.
fn sign_with_rsa(pair: &RsaKeypair, message: &[u8]) -> ssh_key::Result<SshSig> {
    let number = |number: &Mpint| number.as_positive_bytes().map(rsa::BigUint::from_bytes_be).ok_or(ssh_key::Error::Crypto);
    let primes = vec![number(&pair.private.p)?, number(&pair.private.q)?];
    let (modulus, exponent) = (number(&pair.public.n)?, number(&pair.public.e)?);
    let key =
        rsa::RsaPrivateKey::from_components(modulus, exponent, number(&pair.private.d)?, primes).map_err(|_| ssh_key::Error::Crypto)?;
    let signed = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, message)?;
    let signature = pkcs1v15::SigningKey::<rsa::sha2::Sha512>::new(key).try_sign(&signed).map_err(|_| ssh_key::Error::Crypto)?;
    let signature = Signature::new(Algorithm::Rsa { hash: Some(HashAlg::Sha512) }, signature.to_vec())?;
    SshSig::new(pair.public.clone().into(), NAMESPACE, HashAlg::Sha512, signature)
}

/// Refuses a key that others can read, as ssh does.
fn for_owner_only(path: &Path, metadata: &std::fs::Metadata) -> Result<(), KeyError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { path: path.to_owned(), mode });
        }
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
    Ok(())
}

#[cfg(test)]
mod tests {
    use ssh_key::rand_core::OsRng;
    use ssh_key::{Cipher, EcdsaCurve, Kdf};

    use super::super::signature::{Fault, check};
    use super::super::testing::{private, write_key};
    use super::*;

    fn signs(key: &PrivateKey, passphrase: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let key = SealingKey::read(&write_key(folder.path(), "id", key), passphrase).unwrap();
        let pem = key.sign(b"manifest").unwrap();
        let by = check(b"manifest", pem.as_bytes()).unwrap();
        assert_eq!(by.fingerprint(HashAlg::Sha256).to_string(), key.fingerprint());
        assert_eq!(check(b"manifesto", pem.as_bytes()), Err(Fault::Changed));
    }

    /// A key of the two largest primes below 2^1024: made up, and no secret to anybody.
    fn rsa() -> PrivateKey {
        let below = |last: u8| {
            let mut bytes = [0xff; 128];
            bytes[127] = last;
            rsa::BigUint::from_bytes_be(&bytes)
        };
        let key = rsa::RsaPrivateKey::from_p_q(below(0x97), below(0x4d), rsa::BigUint::from_bytes_be(&[1, 0, 1])).unwrap();
        PrivateKey::new(KeypairData::Rsa(RsaKeypair::try_from(key).unwrap()), "").unwrap()
    }

    #[test]
    fn every_kind_of_key_signs() {
        signs(&private(1), None);
        signs(&PrivateKey::random(&mut OsRng, Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }).unwrap(), None);
        signs(&rsa(), None);
    }

    #[test]
    fn a_passphrase_opens_it() {
        let kdf = Kdf::Bcrypt { salt: vec![1; 16], rounds: 1 };
        let locked = private(1).encrypt_with(Cipher::Aes256Ctr, kdf, 7, "sesame").unwrap();
        signs(&locked, Some("sesame"));
        let folder = tempfile::tempdir().unwrap();
        let path = write_key(folder.path(), "id", &locked);
        assert!(matches!(SealingKey::read(&path, None), Err(KeyError::Locked(_))));
        let error = SealingKey::read(&path, Some("abracadabra")).unwrap_err();
        assert!(matches!(error, KeyError::WrongPassphrase(_)) && !error.to_string().contains("abracadabra"), "{error}");
    }

    #[test]
    fn what_is_no_key_to_seal_with_says_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = write_key(folder.path(), "id", &private(1));
        let read = |path: &Path| SealingKey::read(path, None).unwrap_err().to_string();
        assert!(read(&folder.path().join("id.pub")).contains("is a public key; a seal is signed with the private one"));
        assert!(read(&folder.path().join("none")).contains("No such file"));
        // Found by its head, which must not stand here in one piece.
        let old = format!("-----BEGIN RSA {}-----\nAAAA\n", "PRIVATE KEY");
        std::fs::write(&path, old).unwrap();
        assert!(read(&path).contains("ssh-keygen -p"), "{}", read(&path));
        std::fs::write(&path, "hello").unwrap();
        assert!(read(&path).contains("is no private key of OpenSSH"));
        #[cfg(unix)]
        for mode in [0o644, 0o640, 0o604] {
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            assert!(read(&path).contains(&format!("others than its owner can read it (mode {mode:04o})")), "{}", read(&path));
        }
    }
}
