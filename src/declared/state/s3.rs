//! Where a state lies in S3: `s3://bucket/key`.

/// Why a place in S3 cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum S3UrlError {
    /// It is another kind of address.
    #[error("`{0}` is no place in S3: write s3://BUCKET/KEY")]
    NotS3(String),
    /// What stands for the bucket is none.
    #[error("`{0}`: `{1}` is no name of a bucket (3 to 63 small letters, digits, dots and hyphens): write s3://BUCKET/KEY")]
    Bucket(String, String),
    /// No object is named.
    #[error(
        "`{0}` names no object: write s3://BUCKET/KEY, with the key of the state (the backend's `key`; of a workspace, `env:/NAME/` before it)"
    )]
    Key(String),
}

/// The bucket and the key in `s3://bucket/key`. The key is taken as it stands: `%20` in it is three letters, as for the AWS CLI.
pub fn parse_s3_url(url: &str) -> Result<(String, String), S3UrlError> {
    let rest = url.strip_prefix("s3://").ok_or_else(|| S3UrlError::NotS3(url.to_owned()))?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let is_bucket_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_bucket_letter) {
        return Err(S3UrlError::Bucket(url.to_owned(), bucket.to_owned()));
    }
    if key.is_empty() || key.ends_with('/') {
        return Err(S3UrlError::Key(url.to_owned()));
    }
    Ok((bucket.to_owned(), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_s3_is_taken_apart() {
        let is = |bucket: &str, key: &str| Ok((bucket.to_owned(), key.to_owned()));
        assert_eq!(parse_s3_url("s3://my-states/prod/network.tfstate"), is("my-states", "prod/network.tfstate"));
        assert_eq!(parse_s3_url("s3://my.states/env:/prod/a b%20c?d"), is("my.states", "env:/prod/a b%20c?d"));
    }

    #[test]
    fn what_is_no_place_in_s3_is_told() {
        for (url, wanted) in [
            ("https://my-states.s3.amazonaws.com/a", "is no place in S3: write s3://BUCKET/KEY"),
            ("S3://my-states/a", "is no place in S3"),
            ("s3:/my-states/a", "is no place in S3"),
            ("s3:///a", "`` is no name of a bucket"),
            ("s3://My_States/a", "`My_States` is no name of a bucket"),
            ("s3://my-states", "names no object"),
            ("s3://my-states/", "names no object"),
            ("s3://my-states/prod/", "names no object"),
        ] {
            let told = parse_s3_url(url).expect_err(url).to_string();
            assert!(told.starts_with(&format!("`{url}`")) && told.contains(wanted), "{told}");
        }
    }
}
