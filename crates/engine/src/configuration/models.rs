//! The models that describe a body, by content type, and what each format of export shows of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Map;

/// Models by content type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Models {
    /// Model names by content type.
    pub by_content_type: Map,
    /// Swagger 2.0 has one model for all the content types that an operation consumes or produces, and lists those of
    /// the mapping templates among them: it tells which model, and not surely for which content type.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content_types_unsure: bool,
}

/// What comparing the models of two sides came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// They are the same.
    Same,
    /// They differ.
    Different,
    /// The same model is named; whether for the same content types, and whether beside others, does not show.
    Unsure,
}

impl Models {
    /// Models whose content types are sure.
    pub fn new(by_content_type: Map) -> Models {
        Models { by_content_type, content_types_unsure: false }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_content_type.is_empty()
    }

    /// Whether the live side's models are those that a deployed side shows.
    pub fn agreement(&self, deployed: &Models) -> Agreement {
        if !self.content_types_unsure && !deployed.content_types_unsure {
            let is_same = self.by_content_type == deployed.by_content_type;
            return if is_same { Agreement::Same } else { Agreement::Different };
        }
        let names = |models: &Models| models.by_content_type.values().cloned().collect::<BTreeSet<_>>();
        let (live_names, deployed_names) = (names(self), names(deployed));
        // A side that has place for one model shows one of several.
        let is_shown = match (self.content_types_unsure, deployed.content_types_unsure) {
            (false, true) => {
                deployed_names.is_subset(&live_names) && deployed_names.is_empty() == live_names.is_empty()
            }
            (true, false) => {
                live_names.is_subset(&deployed_names) && deployed_names.is_empty() == live_names.is_empty()
            }
            _ => live_names == deployed_names,
        };
        let one_content_type = self.by_content_type.len() <= 1;
        match is_shown {
            false => Agreement::Different,
            true if one_content_type && self.by_content_type == deployed.by_content_type => Agreement::Same,
            true => Agreement::Unsure,
        }
    }
}
