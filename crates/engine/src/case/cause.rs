//! What a cause is, and how it speaks.

use serde_json::Value;

use super::Case;
use crate::finding::{Evidence, Remedy};
use crate::observed::NotRead;

/// A cause of failing requests: one entry in a family's file, whose doc comment is its documentation.
#[derive(Debug)]
pub struct Cause {
    /// Its name: kebab-case, a promise of the contract.
    pub id: &'static str,
    /// Whether it answers the question, or only helps.
    pub role: Role,
    /// What a scheduled audit can say of it, before anyone calls.
    pub audit: Audit,
    /// Its documentation, in Markdown: the title in the first line, then fixed headings.
    pub docs: &'static str,
    /// Looks at a case.
    pub examine: fn(&Case<'_>) -> Examined,
}

/// What a cause is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It explains the answer.
    Cause,
    /// It does not explain the answer by itself: it stands after all causes that do.
    Hint,
    /// It explains nothing, and is for whom nothing certain can be told.
    Advice,
}

/// What a scheduled audit can say of a cause, before anyone calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// That it will strike: the configuration alone proves it.
    Proves,
    /// That it may strike.
    Warns,
    /// Nothing.
    Silent,
}

/// How sure an explanation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The answer looks so; nothing else was read.
    Possible,
    /// What was read fits, but one fact is missing, or another cause fits, too.
    Likely,
    /// Every fact of the proof was read and holds, and nothing speaks against it.
    Certain,
}

/// What a cause says of a case.
pub type Examined = Result<Proof, Not>;

/// Why a cause does not say that it is the one.
#[derive(Clone, Debug, PartialEq)]
pub enum Not {
    /// The answer does not look so.
    Silent,
    /// The answer could look so, but something that was read speaks against it: in one sentence.
    Refuted(String),
    /// It cannot be told: something was not read.
    Unread(NotRead),
    /// It cannot be told yet: something is to be read first. The case has kept what.
    Wanted,
}

/// That a cause holds, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// How sure it is, if nothing in `unread` stood in the way.
    pub confidence: Confidence,
    /// In plain words, why: sentences that name the route, stage, key … by their own names.
    pub says: String,
    /// Whether the request passes nevertheless, as the stage serves it: what would fail it is then the better answer.
    pub lets_through: bool,
    /// Whether it strikes or not as the sender is, which the request does not tell: of this request it is then the answer,
    /// and no risk of some day.
    pub hangs_on_sender: bool,
    /// What was read that proves it.
    pub evidence: Vec<Evidence>,
    /// What was read that speaks against it.
    pub against: Vec<Evidence>,
    /// What would have made it certain, and was not read.
    pub unread: Vec<NotRead>,
    /// What mends it.
    pub remedy: Remedy,
    /// What is at fault, where it is not the route alone: a function's ARN, an authorizer's or a usage plan's name. Routes
    /// that fail because of the same share a finding of an audit.
    pub about: Option<String>,
}

impl Cause {
    /// The first line of the documentation.
    pub fn title(&self) -> &'static str {
        self.docs.lines().next().unwrap_or_default().trim()
    }

    /// The documentation below the title, without the indentation that doc comments have.
    pub fn page(&self) -> String {
        let lines = self.docs.lines().skip(1).map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

impl Confidence {
    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

impl Proof {
    /// Every fact was read, and nothing speaks against it.
    pub fn certain(says: impl Into<String>) -> Proof {
        Proof {
            confidence: Confidence::Certain,
            says: says.into(),
            lets_through: false,
            hangs_on_sender: false,
            evidence: Vec::new(),
            against: Vec::new(),
            unread: Vec::new(),
            remedy: Remedy::default(),
            about: None,
        }
    }

    /// What was read fits; that is as much as can be known.
    pub fn likely(says: impl Into<String>) -> Proof {
        Proof { confidence: Confidence::Likely, ..Proof::certain(says) }
    }

    /// The answer looks so.
    pub fn possible(says: impl Into<String>) -> Proof {
        Proof { confidence: Confidence::Possible, ..Proof::certain(says) }
    }

    /// Something that was read and proves it.
    #[must_use]
    pub fn because(mut self, source: impl AsRef<str>, path: impl Into<String>, value: impl Into<Value>) -> Proof {
        self.evidence.push(Evidence::new(source.as_ref(), path, value));
        self
    }

    /// Something that was read and speaks against it.
    #[must_use]
    pub fn despite(mut self, source: impl AsRef<str>, path: impl Into<String>, value: impl Into<Value>) -> Proof {
        self.against.push(Evidence::new(source.as_ref(), path, value));
        self
    }

    /// Something that was not read: the cause is then no more than likely.
    #[must_use]
    pub fn without(mut self, why: &NotRead) -> Proof {
        self.unread.push(why.clone());
        self.at_most(Confidence::Likely)
    }

    /// The request passes nevertheless, as the stage serves it.
    #[must_use]
    pub fn letting_through(mut self) -> Proof {
        self.lets_through = true;
        self
    }

    /// It strikes or not as the sender is, which the request does not tell.
    #[must_use]
    pub fn hanging_on_sender(mut self) -> Proof {
        self.hangs_on_sender = true;
        self
    }

    /// Whether it only says of a request that was not sent yet what may happen some day.
    pub fn is_risk(&self, cause: &Cause) -> bool {
        cause.audit == Audit::Warns && self.confidence == Confidence::Possible && !self.hangs_on_sender
    }

    /// Holds the confidence down.
    #[must_use]
    pub fn at_most(mut self, confidence: Confidence) -> Proof {
        self.confidence = self.confidence.min(confidence);
        self
    }

    /// What is at fault, where it is not the route alone.
    #[must_use]
    pub fn about(mut self, what: impl Into<String>) -> Proof {
        self.about = Some(what.into());
        self
    }

    /// What mends it.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Proof {
        self.remedy = remedy;
        self
    }

    /// What mends it, where there is no single command.
    #[must_use]
    pub fn advice(self, summary: impl Into<String>) -> Proof {
        self.remedy(Remedy::advice(summary))
    }

    /// What mends it, and the command that does.
    #[must_use]
    pub fn command(self, summary: impl Into<String>, command: impl Into<String>) -> Proof {
        self.remedy(Remedy::command(summary, command))
    }
}

impl Not {
    /// Something that was read speaks against it.
    pub fn refuted(why: impl Into<String>) -> Not {
        Not::Refuted(why.into())
    }
}

/// What a statement can do without: none where it is not to be had.
///
/// # Errors
///
/// [`Not::Wanted`], if something is to be read first.
pub fn if_known<T>(known: Result<T, Not>) -> Result<Option<T>, Not> {
    match known {
        Ok(known) => Ok(Some(known)),
        Err(Not::Wanted) => Err(Not::Wanted),
        Err(_) => Ok(None),
    }
}

impl From<&NotRead> for Not {
    fn from(why: &NotRead) -> Not {
        Not::Unread(why.clone())
    }
}

/// Declares a family's causes, the most specific first; their doc comments become [`Cause::docs`].
macro_rules! causes {
    ($(
        $(#[doc = $doc:expr])+
        $id:literal, $role:ident, $audit:ident, $examine:path;
    )+) => {
        /// The causes of this family, the most specific first.
        pub(super) static CAUSES: &[crate::case::cause::Cause] = &[$(
            crate::case::cause::Cause {
                id: $id,
                role: crate::case::cause::Role::$role,
                audit: crate::case::cause::Audit::$audit,
                docs: concat!($($doc, "\n",)+),
                examine: $examine,
            },
        )+];
    };
}
pub(crate) use causes;
