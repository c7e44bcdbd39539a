//! What kinds of failures there are, how bad each is, and which one an error type stands for.

use serde::{Deserialize, Serialize};

use crate::severity::Severity;

/// The families of runtimes whose forms of errors are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// `nodejs20.x` and its kin.
    Node,
    /// `python3.13` and its kin.
    Python,
    /// `java21` and its kin.
    Java,
    /// `dotnet8` and its kin.
    Dotnet,
    /// `ruby3.4` and its kin.
    Ruby,
    /// Go, on `provided.al2023` or the old `go1.x`.
    Go,
    /// Rust, on `provided.al2023`.
    Rust,
    /// Anything else on `provided.al2023`.
    Custom,
}

impl Runtime {
    /// The family of a runtime's identifier, as a function's configuration (`nodejs20.x`) or an `INIT_START` line
    /// (`nodejs:20.v42`) spells it.
    pub fn of(identifier: &str) -> Option<Runtime> {
        const PREFIXES: [(&str, Runtime); 7] = [
            ("nodejs", Runtime::Node),
            ("python", Runtime::Python),
            ("java", Runtime::Java),
            ("dotnet", Runtime::Dotnet),
            ("ruby", Runtime::Ruby),
            ("go1", Runtime::Go),
            ("provided", Runtime::Custom),
        ];
        PREFIXES.iter().find(|(prefix, _)| identifier.starts_with(prefix)).map(|(_, runtime)| *runtime)
    }

    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Node => "node",
            Runtime::Python => "python",
            Runtime::Java => "java",
            Runtime::Dotnet => "dotnet",
            Runtime::Ruby => "ruby",
            Runtime::Go => "go",
            Runtime::Rust => "rust",
            Runtime::Custom => "custom",
        }
    }
}

/// How an init or an invocation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The handler threw, and its runtime said so.
    Exception,
    /// It took longer than the function's timeout, or the init longer than AWS allows.
    Timeout,
    /// It used more memory than it has.
    OutOfMemory,
    /// Its process ended, by itself or by a signal.
    Exit,
    /// It failed before its first request: outside the handler, or because there is no handler.
    Init,
    /// A module, or the class of the handler, could not be loaded.
    Import,
    /// A promise was rejected and nobody had asked for its outcome.
    UnhandledRejection,
    /// A panic of Go or Rust.
    Panic,
    /// An exception was printed, and nothing says that the invocation failed.
    LoggedError,
    /// The gateway could not use the answer.
    MalformedResponse,
    /// The gateway may not call the function.
    Permission,
    /// The function had no free concurrency.
    Throttle,
    /// An extension crashed or did not start.
    Extension,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 13] = [
        Kind::Exception,
        Kind::Timeout,
        Kind::OutOfMemory,
        Kind::Exit,
        Kind::Init,
        Kind::Import,
        Kind::UnhandledRejection,
        Kind::Panic,
        Kind::LoggedError,
        Kind::MalformedResponse,
        Kind::Permission,
        Kind::Throttle,
        Kind::Extension,
    ];

    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Exception => "exception",
            Kind::Timeout => "timeout",
            Kind::OutOfMemory => "out-of-memory",
            Kind::Exit => "exit",
            Kind::Init => "init",
            Kind::Import => "import",
            Kind::UnhandledRejection => "unhandled-rejection",
            Kind::Panic => "panic",
            Kind::LoggedError => "logged-error",
            Kind::MalformedResponse => "malformed-response",
            Kind::Permission => "permission",
            Kind::Throttle => "throttle",
            Kind::Extension => "extension",
        }
    }

    /// How bad one failure of this kind is for a caller: `high` where the request fails, `medium` where trying again may
    /// help, `low` where nothing says that it failed.
    pub fn severity(self) -> Severity {
        match self {
            Kind::LoggedError => Severity::Low,
            Kind::Throttle => Severity::Medium,
            _ => Severity::High,
        }
    }

    /// What it means, and what of a log shows it. `docs/errors.md` is written from these.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Exception => {
                "The handler threw: the runtime's own report of it, or a printed exception whose request is reported with status error."
            }
            Kind::Timeout => "`Task timed out after …`, `Sandbox.Timedout`, or status timeout.",
            Kind::OutOfMemory => {
                "`Runtime.OutOfMemory`, an exit by `signal: killed` or after the heap's limit, or the runtime's own error: \
                 `java.lang.OutOfMemoryError`, `System.OutOfMemoryException`, `MemoryError`, `NoMemoryError`, Go's `fatal error: out of memory`."
            }
            Kind::Exit => "`Runtime.ExitError`: the process ended, by itself or by another signal.",
            Kind::Init => {
                "It failed before its first request: code outside the handler threw, there is no such handler or entry point, \
                 or `INIT_REPORT` has status error and nothing says more."
            }
            Kind::Import => {
                "`Runtime.ImportModuleError`, `Init<LoadError>`, `Class not found: …`: code that the function needs is not there."
            }
            Kind::UnhandledRejection => "`Runtime.UnhandledPromiseRejection`.",
            Kind::Panic => "A panic of Go or Rust, printed or as the runtime's error JSON.",
            Kind::LoggedError => {
                "An exception printed with its type and a stack, or as the runtime's error JSON, where nothing says that the \
                 invocation failed."
            }
            Kind::MalformedResponse => "The gateway's execution log: it could not use the function's answer.",
            Kind::Permission => "The gateway's execution log: it may not call the function, or not assume the role.",
            Kind::Throttle => "The gateway's execution log: the function refused the call with status 429.",
            Kind::Extension => "`Extension.*`: an extension crashed, or did not start.",
        }
    }

    /// The kind that a type of error stands for by itself, whoever says it. `None` for the types of the user's own
    /// exceptions.
    pub(super) fn of_type(error_type: &str, message: &str) -> Option<Kind> {
        let kind = match error_type {
            "Sandbox.Timedout" => Kind::Timeout,
            "Runtime.OutOfMemory"
            | "java.lang.OutOfMemoryError"
            | "System.OutOfMemoryException"
            | "OutOfMemoryException"
            | "MemoryError"
            | "Function<NoMemoryError>" => Kind::OutOfMemory,
            "Runtime.ExitError" if message.contains("signal: killed") => Kind::OutOfMemory,
            "Runtime.ExitError" | "Runtime.NodeJsExit" | "Sandbox.Failure" => Kind::Exit,
            "Runtime.ImportModuleError" | "Init<LoadError>" => Kind::Import,
            "java.lang.ClassNotFoundException" if message.starts_with("Class not found:") => Kind::Import,
            "Runtime.UnhandledPromiseRejection" => Kind::UnhandledRejection,
            "Runtime.UserCodeSyntaxError"
            | "Runtime.HandlerNotFound"
            | "Runtime.MalformedHandlerName"
            | "Runtime.InvalidEntrypoint"
            | "Runtime.InvalidWorkingDir"
            | "Runtime.InvalidTaskConfig"
            | "Runtime.BadFunctionCode"
            | "Runtime.AfterInitError" => Kind::Init,
            _ if error_type.starts_with("Extension.") => Kind::Extension,
            _ if error_type.starts_with("Init<") => Kind::Init,
            _ => return None,
        };
        Some(kind)
    }

    /// Whether only the runtime or the platform makes errors of this type, so that it proves by itself that an init or
    /// an invocation failed.
    pub(super) fn is_platform_type(error_type: &str) -> bool {
        const PREFIXES: [&str; 6] = ["Runtime.", "Sandbox.", "Extension.", "Function.", "Function<", "Init<"];
        PREFIXES.iter().any(|prefix| error_type.starts_with(prefix))
    }
}
