//! Addresses of instances and of provider configurations, as Terraform writes them.

use serde_json::Value;

/// A configuration of a provider: `provider["registry.terraform.io/hashicorp/aws"].west`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// The last part of its source: `aws`.
    pub name: String,
    /// Its alias (`west`), or ''.
    pub alias: String,
    /// Its address as the state has it, with the module that it stands in and, in OpenTofu, its key. '' if the state does not say.
    pub config: String,
}

impl Provider {
    /// Reads an address in any of the forms that there were: with the source in brackets (since 0.13) or with the name alone.
    /// `resource_type` tells the name if the state does not: Terraform then takes the type's first word.
    pub fn parse(config: &str, resource_type: &str) -> Self {
        let (name, after) = match config.rsplit_once("provider[\"").and_then(|(_, source)| source.split_once("\"]")) {
            Some((source, after)) => (source.rsplit('/').next().unwrap_or(source), after.trim_start_matches('.')),
            None => {
                let name = config.rsplit_once("provider.").map_or("", |(_, name)| name);
                name.split_once('.').unwrap_or((name, ""))
            }
        };
        // OpenTofu adds the key of an instance in brackets.
        let alias = after.split('[').next().unwrap_or(after).trim().to_owned();
        let name = match name.trim() {
            "" => resource_type.split('_').next().unwrap_or(resource_type),
            name => name,
        };
        Self { name: name.to_owned(), alias, config: config.to_owned() }
    }
}

/// The address of an instance; `None` if its key is neither a number nor a text.
pub(super) fn of(module: &str, resource_type: &str, name: &str, key: Option<&Value>) -> Option<String> {
    let key = match key {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(key)) => format!("[{}]", quoted(key)),
        Some(Value::Number(key)) if !key.is_f64() => format!("[{key}]"),
        Some(_) => return None,
    };
    let dot = if module.is_empty() { "" } else { "." };
    Some(format!("{module}{dot}{resource_type}.{name}{key}"))
}

/// A text as HCL writes it, so that it could be read again.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => out.extend(['\\', letter]),
            '$' | '%' if letters.peek() == Some(&'{') => out.extend([letter, letter]),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_written_as_terraform_writes_them() {
        let of = |module: &str, key: Value| of(module, "aws_subnet", "private", Some(&key));
        assert_eq!(of("", Value::Null).as_deref(), Some("aws_subnet.private"));
        assert_eq!(of("", json!(0)).as_deref(), Some("aws_subnet.private[0]"));
        assert_eq!(
            of("module.network[0].module.zone[\"a\"]", json!("x")).as_deref(),
            Some("module.network[0].module.zone[\"a\"].aws_subnet.private[\"x\"]")
        );
        assert_eq!(of("", json!("a\"b\\${c}%{d}$e\n\u{7}")).as_deref(), Some(r#"aws_subnet.private["a\"b\\$${c}%%{d}$e\n\u0007"]"#));
        for key in [json!(1.5), json!(true), json!(["a"]), json!({})] {
            assert_eq!(of("", key), None);
        }
    }

    #[test]
    fn providers_are_told_in_every_form() {
        for (config, name, alias) in [
            ("provider[\"registry.terraform.io/hashicorp/aws\"]", "aws", ""),
            ("provider[\"registry.opentofu.org/hashicorp/aws\"].west", "aws", "west"),
            ("provider[\"registry.opentofu.org/hashicorp/aws\"].west[\"eu-west-1\"]", "aws", "west"),
            ("module.a[\"b.c\"].provider[\"registry.terraform.io/hashicorp/random\"]", "random", ""),
            ("provider[\"registry.terraform.io/-/aws\"]", "aws", ""),
            ("provider.aws", "aws", ""),
            ("provider. aws", "aws", ""),
            ("provider.aws.west", "aws", "west"),
            ("module.a.provider.aws.west", "aws", "west"),
            ("provider[\"registry.terraform.io/hashicorp/awscc\"]", "awscc", ""),
            ("", "aws", ""),
        ] {
            let provider = Provider::parse(config, "aws_vpc");
            assert_eq!((provider.name.as_str(), provider.alias.as_str(), provider.config.as_str()), (name, alias, config));
        }
    }
}
