//! Identity providers that the account trusts: OpenID Connect and SAML.

use macro_rules_attribute::apply;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// An OpenID Connect provider, as ListOpenIDConnectProviders and GetOpenIDConnectProvider tell it.
#[apply(row!)]
#[table("aws_iam_open_id_connect_provider", key(arn))]
pub struct OpenIdConnect {
    /// ARN of the provider.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// URL of the issuer, without the scheme.
    pub name: String,
    /// Audiences that are accepted, a list.
    pub client_ids: Fact<Json>,
    /// Thumbprints of its certificate, a list.
    pub thumbprints: Fact<Json>,
    /// When it was made.
    pub create_date: Fact<Time>,
    /// Tags, a map.
    pub tags: Fact<Json>,
}

/// A SAML provider, as ListSAMLProviders tells it.
#[apply(row!)]
#[table("aws_iam_saml_provider", key(arn))]
pub struct Saml {
    /// ARN of the provider.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the provider.
    pub name: String,
    /// When it was made.
    pub create_date: Time,
    /// Until when its metadata are valid, or ''.
    pub valid_until: Time,
}

const COLUMNS: &[&str] = &["client_ids", "thumbprints", "create_date", "tags"];

reader! {
    "iam/open_id_connect_provider", Global, fills [OpenIdConnect::TABLE],
    calls [call::ListOpenIDConnectProviders, call::GetOpenIDConnectProvider], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let told = cx.call(call::ListOpenIDConnectProviders, iam.list_open_id_connect_providers().send()).await?;
    for provider in told.open_id_connect_provider_list() {
        let arn = identified!(cx, call::ListOpenIDConnectProviders, provider.arn());
        let about = cx.about(OpenIdConnect::TABLE, arn, COLUMNS);
        let ask = iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send();
        let detail = Fact::from(about.call(call::GetOpenIDConnectProvider, ask).await);
        cx.emit(OpenIdConnect {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: GLOBAL.to_owned(),
            name: arn.split_once("oidc-provider/").map_or(arn, |(_, url)| url).to_owned(),
            client_ids: detail.as_ref().map(|detail| Json::set(detail.client_id_list())),
            thumbprints: detail.as_ref().map(|detail| Json::set(detail.thumbprint_list())),
            create_date: detail.as_ref().map(|detail| time(detail.create_date())),
            tags: detail.as_ref().map(|detail| tags(detail.tags())),
        })
        .await;
    }
    Ok(())
}

/// SAML.
pub mod saml {
    use super::*;

    reader! { "iam/saml_provider", Global, fills [Saml::TABLE], calls [call::ListSAMLProviders], by read }

    async fn read(cx: Cx) -> Result<(), Unread> {
        let iam: aws_sdk_iam::Client = cx.client();
        let told = cx.call(call::ListSAMLProviders, iam.list_saml_providers().send()).await?;
        for provider in told.saml_provider_list() {
            let arn = identified!(cx, call::ListSAMLProviders, provider.arn());
            cx.emit(Saml {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                name: text(arn.rsplit('/').next()),
                create_date: time(provider.create_date()),
                valid_until: time(provider.valid_until()),
            })
            .await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script() -> Script {
        let list = "<OpenIDConnectProviderList><member><Arn>arn:aws:iam::1:oidc-provider/token.example.com</Arn></member></OpenIDConnectProviderList>";
        Script::default()
            .on("ListOpenIDConnectProviders", list)
            .on("GetOpenIDConnectProvider", "<ClientIDList><member>sts.amazonaws.com</member></ClientIDList>")
    }

    #[tokio::test]
    async fn tells_providers_and_what_is_denied_is_unread() {
        let sql = "select name, client_ids, thumbprints from aws_iam_open_id_connect_provider";
        assert_eq!(script().read(READER).await.one(sql), r#"token.example.com|["sts.amazonaws.com"]|[]"#);
        let denied = script().read_with(READER, call::GetOpenIDConnectProvider, Fault::Denied).await;
        assert_eq!(denied.one(sql), "token.example.com|unread|unread");
        let denied = script().read_with(READER, call::ListOpenIDConnectProviders, Fault::Denied).await;
        assert!(!denied.is_complete);
        let none = Script::default().on("ListOpenIDConnectProviders", "<OpenIDConnectProviderList/>").read(READER).await;
        assert_eq!((none.count("aws_iam_open_id_connect_provider"), none.is_complete), (0, true));
    }

    #[tokio::test]
    async fn tells_saml_providers() {
        let list = "<SAMLProviderList><member><Arn>arn:aws:iam::1:saml-provider/corp</Arn><ValidUntil>2027-01-01T00:00:00Z</ValidUntil></member></SAMLProviderList>";
        let read = Script::default().on("ListSAMLProviders", list).read(saml::READER).await;
        assert_eq!(read.one("select name, valid_until from aws_iam_saml_provider"), "corp|2027-01-01T00:00:00Z");
        let denied = Script::default().read_with(saml::READER, call::ListSAMLProviders, Fault::Denied).await;
        assert_eq!(denied.gaps()[0].2, "iam:ListSAMLProviders");
        let none = Script::default().on("ListSAMLProviders", "<SAMLProviderList/>").read(saml::READER).await;
        assert!(none.is_complete);
    }
}
