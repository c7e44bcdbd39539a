//! The dashboard: events in, answers out.
//!
//! It takes requests of API Gateway, in the format of REST APIs and in that of HTTP APIs, and the events of a custom widget
//! of CloudWatch's. The router is that of `crates/web`; what is here is how an event becomes a request (`event`), who may
//! ask (`front`, `sign_in`, `token`), and how an answer becomes what API Gateway takes.

mod deployed;
mod event;
mod front;
mod issuer;
mod settings;
mod sign_in;
mod token;

use std::sync::Arc;

use axum::http::StatusCode;
use jiff::Timestamp;
use lambda_http::lambda_runtime::Diagnostic;
use serde_json::Value;
use service::{Accounts, Service};
use store::StoreError;
use tokio::sync::OnceCell;
use web::page::{self, Frame};
use web::{Problem, Seal, Site};

use deployed::Deployed;
use event::Event;
use front::Front;

pub use event::UnknownEvent;
pub use settings::{Authorization, Provider, Settings, SettingsError};

/// The function, with what it keeps between events.
pub struct Dashboard {
    settings: Settings,
    service: service::Settings,
    ready: OnceCell<Ready>,
}

/// What is there after the first event.
struct Ready {
    site: Arc<Deployed>,
    front: Front,
}

/// Why an event was not answered.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// The event is of no kind that is known.
    #[error(transparent)]
    Event(#[from] UnknownEvent),
    /// What is kept cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No table is named.
    #[error("there is nothing to show: the variable TABLE is not set")]
    NoTable,
    /// The system has no random numbers.
    #[error("there are no random numbers")]
    NoRandom,
}

impl From<DashboardError> for Diagnostic {
    fn from(error: DashboardError) -> Diagnostic {
        let error_type = match &error {
            DashboardError::Event(_) => "UnknownEvent",
            DashboardError::Store(_) => "CannotRead",
            DashboardError::NoTable | DashboardError::NoRandom => "CannotStart",
        };
        Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// What CloudWatch shows where the widget is set up.
const WIDGET: &str = "## stagecheck\n\nEvery API and stage: whether callers get what the console shows, how many findings \
                      are open, and when that was last looked at. It has no parameters.\n";

impl Dashboard {
    /// A function that has not connected yet.
    pub fn new(settings: Settings, service: service::Settings) -> Dashboard {
        Dashboard { settings, service, ready: OnceCell::new() }
    }

    /// Answers an event.
    ///
    /// # Errors
    ///
    /// [`DashboardError`], if it is no event of a kind that is known, or the widget cannot be drawn. A request is always
    /// answered, if only with a problem.
    pub async fn handle(&self, event: Value) -> Result<Value, DashboardError> {
        match Event::read(event)? {
            Event::DescribeWidget => Ok(Value::from(WIDGET)),
            Event::Widget => {
                let site = &self.ready().await?.site;
                let now = site.now();
                let overview = web::overview(site.store(), now, site.late_after()).await?;
                Ok(Value::from(page::widget(&frame(now), &overview).into_string()))
            }
            Event::Http(incoming) => {
                let is_rest = incoming.is_rest;
                let response = match self.ready().await {
                    Ok(ready) => ready.front.answer(*incoming, ready.site.now()).await,
                    Err(error) => {
                        tracing::error!("cannot answer: {error}");
                        let what = "the dashboard cannot reach what is kept; its log says why";
                        web::to_problem(&Problem::new(StatusCode::SERVICE_UNAVAILABLE, what))
                    }
                };
                Ok(front::answered(response, is_rest).await)
            }
        }
    }

    /// Connects, when the first event comes: what is never asked for is never loaded.
    async fn ready(&self) -> Result<&Ready, DashboardError> {
        self.ready
            .get_or_try_init(async || {
                let service = Service::open(&self.service).await?.ok_or(DashboardError::NoTable)?;
                let fresh = web::fresh_secret().ok_or(DashboardError::NoRandom)?;
                let seal = Arc::new(Seal::new(&service.store.secret(|| fresh).await?));
                let accounts = Accounts::new(&self.service);
                let site = Arc::new(Deployed { service, accounts, late_after: self.settings.late_after });
                let router = web::router(Arc::clone(&site), Arc::clone(&seal));
                let front = Front::new(router, seal, &self.settings.authorization);
                Ok(Ready { site, front })
            })
            .await
    }
}

fn frame(now: Timestamp) -> Frame {
    Frame { prefix: String::new(), csrf: None, person: None, can_sign_out: false, can_audit: false, now }
}
