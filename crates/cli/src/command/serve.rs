//! `stagecheck serve`: the dashboard over what is kept on this machine, or a deployed one.

mod local;
mod remote;

use std::sync::Arc;

use web::{Seal, Site};

use crate::args::ServeArgs;
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::loopback::Loopback;
use crate::source::{self, Source};
use crate::{kept, output};

pub(crate) use local::{Local, audit_once};

pub(crate) async fn run(args: &ServeArgs) -> Result<u8, Failure> {
    if let Some(url) = &args.remote {
        return remote::run(args, url).await;
    }
    let config = ConfigFile::read(&args.config)?;
    let loopback = Loopback::listen(args.port).await?;
    // A recording is opened at once: its present is the dashboard's.
    let source = match &args.source.recording {
        Some(_) => Some(Source::open(&args.source, None).await?),
        None => None,
    };
    let now = source.as_ref().map(|source| source.now);
    let store = kept::shown(&args.source, now).await?;
    let local = Local::new(store, source, Some(args.source.clone()), source::limits(&args.logs, &config));
    // Nobody has audited a recording that was opened without a store.
    if args.source.recording.is_some() && args.source.store().is_none() {
        local.audit_now().await?;
    }
    serve(loopback, local).await
}

/// Serves the dashboard until Ctrl-C is pressed.
pub(crate) async fn serve(loopback: Loopback, local: Local) -> Result<u8, Failure> {
    let secret = web::fresh_secret().ok_or_else(|| Failure::new("this machine has no random numbers"))?;
    let secret = local.store().secret(|| secret).await?;
    let local = Arc::new(local);
    let router = web::router(Arc::clone(&local), Arc::new(Seal::new(&secret)));
    output::put_text(&format!("{}/\n", loopback.url()))?;
    tokio::select! {
        served = loopback.serve(router) => served?,
        () = local.work() => {}
    }
    Ok(0)
}
