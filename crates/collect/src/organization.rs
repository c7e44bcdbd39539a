//! The accounts of the organization.

use std::collections::BTreeSet;

use engine::observed::NotRead;
use serde_json::{Map, Value};

use crate::Account;
use crate::read::Call;
use crate::signed::{Protocol, Refused, Request, Service};

static ORGANIZATIONS: Service = Service {
    name: "organizations",
    is_global: true,
    protocol: Protocol::Json("AWSOrganizationsV20161128"),
    missing: &[],
};

impl Account {
    /// The ids of the organization's accounts that are active. Only its management account, or one that it delegated this to,
    /// may ask.
    ///
    /// # Errors
    ///
    /// Why they could not be listed.
    pub async fn organization(&self, region: &str) -> Result<BTreeSet<String>, NotRead> {
        let call = Call::anywhere("organizations:ListAccounts");
        let (mut found, mut seen, mut parameters) = (BTreeSet::new(), BTreeSet::new(), Map::new());
        loop {
            let request = Request {
                service: &ORGANIZATIONS,
                region: region.to_owned(),
                operation: "ListAccounts".to_owned(),
                parameters: parameters.clone(),
            };
            let page = self.signer.read(&request, &call).await.map_err(|refused| match refused {
                Refused::Not(why) => why,
                Refused::Missing => call.failed("there is no organization"),
            })?;
            let accounts = page.get("Accounts").and_then(Value::as_array);
            // `State` is what `Status` becomes.
            let is_active =
                |account: &&Value| ["State", "Status"].iter().any(|own| account.get(own) == Some(&"ACTIVE".into()));
            let active = accounts.into_iter().flatten().filter(is_active);
            found.extend(active.filter_map(|account| Some(account.get("Id")?.as_str()?.to_owned())));
            match page.get("NextToken").and_then(Value::as_str).filter(|token| !token.is_empty()) {
                None => return Ok(found),
                Some(token) if !seen.insert(token.to_owned()) => {
                    return Err(call.failed("the list repeats the token of a page"));
                }
                Some(token) => drop(parameters.insert("NextToken".to_owned(), token.into())),
            }
        }
    }
}
