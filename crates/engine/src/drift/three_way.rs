//! What comes of declared, live and deployed beside each other: of each route, which two agree.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::trail::MadeBy;

/// One point of a route in which declared, live and deployed do not all agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteVerdict {
    /// The route's method; null where the route has none.
    pub method: Option<String>,
    /// The route's path, or its whole key.
    pub path: String,
    /// The field, as AWS's API names it; null for the route as a whole, of which each side says whether it is there.
    pub field: Option<String>,
    /// What the file says; null where it is not known.
    pub declared: Value,
    /// What people see and edit; null where it is not known.
    pub live: Value,
    /// What callers get; null where it is not known.
    pub deployed: Value,
    /// Which of them agree.
    pub verdict: Verdict,
    /// What that means. One line.
    pub meaning: String,
    /// Whose hand it was, where only the live side differs and a trail tells.
    #[serde(default)]
    pub made_by: Option<MadeBy>,
}

/// Which of declared, live and deployed agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All three.
    InAgreement,
    /// Live and deployed.
    StackNotDeployed,
    /// Declared and live.
    StageNotDeployed,
    /// Declared and deployed; the trail names no tool that works from files.
    EditedByHand,
    /// Declared and deployed; a tool that works from files made the edit.
    EditedByTool,
    /// No two of them.
    AllDiffer,
    /// It depends on what is not known.
    Unknown,
}

impl Verdict {
    /// What it means, where it is known.
    pub fn meaning(self) -> &'static str {
        match self {
            Verdict::InAgreement => "declared, live and deployed agree",
            Verdict::StackNotDeployed => {
                "live and deployed agree, and differ from what is declared: the file was not deployed since it changed, \
                 or somebody edited the API by hand and deployed that"
            }
            Verdict::StageNotDeployed => {
                "the API is as declared, and the stage serves something else: the deployment of the stage was forgotten"
            }
            Verdict::EditedByHand => {
                "the stage serves what is declared, and the API was edited since, past the file: the next deployment \
                 puts that in force"
            }
            Verdict::EditedByTool => {
                "the stage serves what is declared, and a tool wrote something else into the API since, from another \
                 file or another version of this one: the next deployment of the stage puts that in force"
            }
            Verdict::AllDiffer => {
                "no two agree: the file was not deployed, or the API was edited by hand, and the stage serves neither"
            }
            Verdict::Unknown => "not known",
        }
    }
}
