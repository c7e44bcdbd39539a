//! What answer is judged, and for whom.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::response::{Kind, Runtime};

use super::{FailOn, OutputArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct ResponseArgs {
    /// The answer; standard input, if it is - or left out
    pub(crate) file: Option<PathBuf>,

    /// Who reads the answer
    #[arg(long, value_name = "KIND", default_value = "rest", value_parser = kind())]
    pub(crate) integration: Kind,

    /// What the file holds
    #[arg(long, value_enum, default_value_t = AnswerSource::Answer)]
    pub(crate) source: AnswerSource,

    /// One of the REST API's binary media types, for base64; may be given several times
    #[arg(long = "binary-media-type", value_name = "TYPE")]
    pub(crate) binary_media_types: Vec<String>,

    /// The request's Accept header, for base64; may be empty
    #[arg(long)]
    pub(crate) accept: Option<String>,

    /// The WebSocket API's route that was called, such as $connect
    #[arg(long)]
    pub(crate) route: Option<String>,

    /// The function's runtime, in whose words fixes are given: node, python, java, go, dotnet, ruby, rust, or Lambda's
    /// identifier
    #[arg(long)]
    pub(crate) runtime: Option<Runtime>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Exit with 1 if the gateway refuses the answer or the function failed, whatever the severity given
    #[arg(long, value_enum, default_value_t = FailOn::Never)]
    pub(crate) fail_on: FailOn,
}

/// What a file with an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerSource {
    /// The value that the function returned
    Answer,
    /// A result of aws lambda invoke
    Invoke,
    /// A result of aws apigateway test-invoke-method
    TestInvoke,
    /// Values that the function returned, one on each line
    Lines,
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name))
        .try_map(|name| Kind::from_name(&name).ok_or_else(|| format!("{name} is no kind of integration")))
}
