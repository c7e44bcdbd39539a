//! What a check is, and how it speaks.

mod warn;

use serde_json::Value;

use crate::causes;
use crate::drift::{self, ApiDrift};
use crate::finding::{Evidence, Finding, NotEvaluated, Remedy, Resource, Severity};
use crate::foresee::{Ask, Foresight, Of};
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

pub(crate) use warn::{judge, risk, unread_answers, warn, warn_for_browsers};

/// A check: one file in `checks/`, whose doc comment is its documentation.
#[derive(Debug)]
pub struct Check {
    /// Its name: kebab-case, names the defect, the same as its file.
    pub id: &'static str,
    /// The worst that it reports.
    pub severity: Severity,
    /// The kinds of API that it looks at.
    pub kinds: &'static [ApiKind],
    /// The version in which it came.
    pub since: &'static str,
    /// Its documentation, in Markdown: the title in the first line, then fixed headings.
    pub docs: &'static str,
    /// The causes of failing requests that callers meet because of what it finds, by id.
    pub causes: &'static [&'static str],
    /// Where the causes themselves are asked: the requests, and what its findings are then about.
    pub asked: Option<(Of, Grain)>,
    /// Looks at a snapshot and says what it found.
    pub run: fn(&Context, &mut Outcome),
}

/// What the findings of a check are about that warns of a cause. Several requests to the same are one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Each route of each stage by itself; whatever else a request goes to.
    Each,
    /// A stage.
    Stage,
    /// An API.
    Api,
}

impl Check {
    /// The first line of the documentation.
    pub fn title(&self) -> &'static str {
        self.docs.lines().next().unwrap_or_default().trim()
    }

    /// What it asks of requests that nobody sent yet.
    pub fn asks(&self) -> Vec<Ask> {
        let Some((of, _)) = self.asked else { return Vec::new() };
        let causes = self.causes.iter().filter_map(|id| causes::find(id));
        causes.map(|cause| Ask { cause, of, kinds: self.kinds }).collect()
    }

    /// The documentation below a heading with the title, without the indentation that doc comments have.
    pub fn page(&self) -> String {
        let lines = self.docs.lines().skip(1).map(|line| line.strip_prefix(' ').unwrap_or(line));
        let body: String = lines.flat_map(|line| [line, "\n"]).collect();
        format!("# {}\n{body}", self.title())
    }
}

/// Declares a check; its doc comment becomes [`Check::docs`].
macro_rules! check {
    (
        $(#[doc = $doc:expr])+
        id: $id:literal,
        severity: $severity:expr,
        kinds: $kinds:expr,
        since: $since:literal,
        $(causes: [$($cause:literal),+ $(,)?],)?
        $(asked: $of:ident, $grain:ident,)?
    ) => {
        $(#[doc = $doc])+
        pub static CHECK: crate::check::Check = crate::check::Check {
            id: $id,
            severity: $severity,
            kinds: $kinds,
            since: $since,
            docs: concat!($($doc, "\n",)+),
            causes: &[$($($cause),+)?],
            asked: crate::check::asked!($($of, $grain)?),
            run,
        };
    };
}
pub(crate) use check;

/// The requests about which a check's causes are asked, if they are.
macro_rules! asked {
    () => {
        None
    };
    ($of:ident, $grain:ident) => {
        Some((crate::foresee::Of::$of, crate::check::Grain::$grain))
    };
}
pub(crate) use asked;

/// What a check looks at.
#[derive(Debug)]
pub struct Context<'a> {
    /// One region of one account.
    pub snapshot: &'a Snapshot,
    /// The drift of each of its APIs, in the same order.
    pub drift: Vec<ApiDrift>,
    /// What the causes of failing requests say of requests that nobody sent yet.
    pub foresight: Foresight,
}

impl<'a> Context<'a> {
    /// What the checks look at, of one region.
    pub fn of(snapshot: &'a Snapshot, asks: &[Ask]) -> Context<'a> {
        let drift = snapshot.apis.iter().map(|api| drift::api(snapshot, api, &|_| true)).collect();
        Context { snapshot, drift, foresight: Foresight::of(snapshot, asks) }
    }
}

impl Context<'_> {
    /// The region's APIs of certain kinds.
    pub fn apis<'s>(&'s self, kinds: &'s [ApiKind]) -> impl Iterator<Item = (&'s Api, &'s ApiDrift)> {
        self.snapshot.apis.iter().zip(&self.drift).filter(|(api, _)| kinds.contains(&api.kind))
    }

    /// The stages of those APIs. Of an API whose stages were not read, the check can say nothing, and `out` says so.
    pub fn stages<'s>(&'s self, kinds: &'s [ApiKind], out: &mut Outcome) -> Vec<(&'s Api, &'s Stage)> {
        let mut all = Vec::new();
        for (api, _) in self.apis(kinds) {
            match api.stages.known() {
                Ok(stages) => all.extend(stages.iter().map(|stage| (api, stage))),
                Err(why) => out.not_evaluated(Resource::api(self.snapshot, api), why),
            }
        }
        all
    }
}

/// Where a check puts what it found.
#[derive(Debug)]
pub struct Outcome {
    check: &'static Check,
    /// Defects.
    pub findings: Vec<Finding>,
    /// Resources about which the check could say nothing.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Those about which it would have said something if host names had been looked up.
    pub not_looked_up: Vec<NotEvaluated>,
}

impl Outcome {
    /// Nothing found yet.
    pub fn new(check: &'static Check) -> Outcome {
        Outcome { check, findings: Vec::new(), not_evaluated: Vec::new(), not_looked_up: Vec::new() }
    }

    /// Reports a defect of a resource; what comes back takes the particulars.
    pub fn finding(&mut self, severity: Severity, resource: Resource, title: impl Into<String>) -> Draft<'_> {
        let at = self.findings.len();
        self.findings.push(Finding {
            fingerprint: resource.fingerprint(self.check.id),
            check: self.check.id.to_owned(),
            severity,
            resource,
            causes: Vec::new(),
            title: title.into(),
            detail: String::new(),
            evidence: Vec::new(),
            remedy: Remedy::default(),
            suppressed: None,
        });
        Draft(self.findings.get_mut(at))
    }

    /// Says that nothing can be said about a resource, because something was not read.
    pub fn not_evaluated(&mut self, resource: Resource, why: &NotRead) {
        self.not_evaluated.push(NotEvaluated::new(self.check.id, resource, why));
    }

    /// Says that a host name would have told something about a resource, and nobody allowed to look it up.
    pub fn not_looked_up(&mut self, resource: Resource, why: &NotRead) {
        let entry = NotEvaluated::new(self.check.id, resource, why);
        if !self.not_looked_up.contains(&entry) {
            self.not_looked_up.push(entry);
        }
    }

    /// Says that nothing can be said about a resource, for a reason that no permission mends.
    pub fn undecided(&mut self, resource: Resource, reason: impl Into<String>) {
        let check = self.check.id.to_owned();
        self.not_evaluated.push(NotEvaluated { check, resource, reason: reason.into(), needs: Vec::new() });
    }

    /// Says of each finding which of the check's causes callers meet because of it: where the causes are asked, those that
    /// hold of requests to the same route or stage.
    pub fn name_causes(&mut self, foresight: &Foresight) {
        let Check { causes, asked, .. } = self.check;
        for finding in self.findings.iter_mut().filter(|finding| finding.causes.is_empty()) {
            let holds = |cause: &&'static str| match asked {
                Some((of, _)) => foresight.holds(cause, *of, &finding.resource),
                None => true,
            };
            finding.causes = causes.iter().copied().filter(holds).map(str::to_owned).collect();
        }
    }
}

/// A finding that is being written.
#[derive(Debug)]
pub struct Draft<'a>(Option<&'a mut Finding>);

impl Draft<'_> {
    /// The paragraph that explains it.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        if let Some(finding) = &mut self.0 {
            finding.detail = detail.into();
        }
        self
    }

    /// The cause of failing requests that it is.
    pub fn cause(mut self, id: &str) -> Self {
        if let Some(finding) = &mut self.0 {
            finding.causes.push(id.to_owned());
        }
        self
    }

    /// Something that was read and proves it.
    pub fn evidence(mut self, source: impl AsRef<str>, path: impl Into<String>, value: impl Into<Value>) -> Self {
        if let Some(finding) = &mut self.0 {
            finding.evidence.push(Evidence::new(source.as_ref(), path, value));
        }
        self
    }

    /// What mends it.
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        if let Some(finding) = &mut self.0 {
            finding.remedy = remedy;
        }
        self
    }
}
