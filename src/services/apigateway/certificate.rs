//! The certificates in a PEM file: whose they are, who issued them, and from when to when they hold.

use sha2::{Digest, Sha256};
use x509_parser::pem::Pem;

use crate::inventory::Time;

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is, a distinguished name.
    pub subject: String,
    /// Who issued it, a distinguished name.
    pub issuer: String,
    /// Its serial number.
    pub serial_number: String,
    /// From when it holds.
    pub not_before: Time,
    /// Until when it holds.
    pub not_after: Time,
    /// Whether it may issue others.
    pub is_ca: bool,
    /// SHA-256 of it, in hexadecimal digits.
    pub fingerprint: String,
}

/// What a PEM file holds: its certificates, and how many blocks of it were not understood.
///
/// Blocks of another kind are passed over: a private key that strayed into the file goes nowhere.
pub fn certificates(pem: &[u8]) -> (Vec<Certificate>, i64) {
    let (mut found, mut not_understood) = (Vec::new(), 0);
    for block in Pem::iter_from_buffer(pem) {
        match block {
            Ok(block) if block.label == "CERTIFICATE" => match certificate(&block) {
                Some(certificate) => found.push(certificate),
                None => not_understood += 1,
            },
            Ok(_) => {}
            Err(_) => not_understood += 1,
        }
    }
    (found, not_understood)
}

/// Whether a PEM file ends in the middle of a block: then it is not known what else it holds.
pub fn is_torn(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    let Some((_, last)) = text.rsplit_once("-----END ") else { return text.contains("-----BEGIN") };
    // The last end is whole, and no other block begins behind it.
    last.split_once("-----").is_none_or(|(_, rest)| rest.trim_end().ends_with('-') || rest.contains("-----BEGIN"))
}

fn certificate(block: &Pem) -> Option<Certificate> {
    let parsed = block.parse_x509().ok()?;
    let validity = parsed.validity();
    Some(Certificate {
        subject: parsed.subject().to_string(),
        issuer: parsed.issuer().to_string(),
        serial_number: parsed.raw_serial_as_string(),
        not_before: Time::from_unix(validity.not_before.timestamp()),
        not_after: Time::from_unix(validity.not_after.timestamp()),
        is_ca: parsed.is_ca(),
        fingerprint: Sha256::digest(&block.contents).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two self-signed CAs of an example, the first of which ended in 2024.
    const BUNDLE: &[u8] = include_bytes!("certificate_test.pem");

    #[test]
    fn every_certificate_is_told() {
        let (found, not_understood) = certificates(BUNDLE);
        let told: Vec<_> = found.iter().map(|one| (one.subject.as_str(), one.not_after.as_str(), one.is_ca)).collect();
        assert_eq!(
            told,
            [
                ("C=DE, O=Example Partner, CN=Partner CA 2019", "2024-01-01T00:00:00Z", true),
                ("C=DE, O=Example Partner, CN=Partner CA 2023", "2036-01-01T00:00:00Z", true),
            ]
        );
        assert_eq!((found[0].issuer == found[0].subject, found[0].fingerprint.len(), not_understood), (true, 64, 0));
    }

    #[test]
    fn what_is_no_certificate_is_counted_and_what_is_a_key_is_passed_over() {
        assert_eq!(certificates(b"the certificates of accepted clients\n"), (Vec::new(), 0));
        assert_eq!(certificates(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), (Vec::new(), 1));
        let key = ["-----BEGIN PRIVATE ", "KEY-----\nAAAA\n-----END PRIVATE ", "KEY-----\n"].concat();
        assert_eq!(certificates(key.as_bytes()), (Vec::new(), 0));
        let cut = &BUNDLE[..BUNDLE.len() - 100];
        assert_eq!((certificates(cut).0.len(), certificates(cut).1), (1, 1));
        assert!(is_torn(cut) && !is_torn(BUNDLE) && !is_torn(b"") && is_torn(&BUNDLE[..40]));
        let ends: Vec<usize> = String::from_utf8_lossy(BUNDLE).match_indices("-----END").map(|(at, _)| at).collect();
        for more in [8, 20, 24, 27, 30, 36] {
            assert!(is_torn(&BUNDLE[..ends[0] + more]), "{}", String::from_utf8_lossy(&BUNDLE[ends[0]..ends[0] + more]));
        }
    }
}
