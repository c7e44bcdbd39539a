//! Commands that mend a finding, safe to paste: names from the account are quoted for the shell.

use crate::arn::FunctionName;
use crate::snapshot::ApiKind;

/// The command that deploys an API to a stage.
pub fn deploy(kind: ApiKind, api_id: &str, stage: &str, region: &str) -> Aws {
    on_stage("create-deployment", kind, api_id, stage).option("--region", region)
}

/// The command that gives a stage a deployment which another one has, or none.
pub fn promote(kind: ApiKind, api_id: &str, stage: &str, deployment_id: &str, region: &str) -> Aws {
    let command = update_stage(kind, api_id, stage);
    let command = match kind {
        ApiKind::Rest => {
            command.option("--patch-operations", &format!("op=replace,path=/deploymentId,value={deployment_id}"))
        }
        ApiKind::Http | ApiKind::WebSocket => command.option("--deployment-id", deployment_id),
    };
    command.option("--region", region)
}

/// The command that gives a REST API's stage its canary's deployment.
pub fn promote_canary(api_id: &str, stage: &str, region: &str) -> Aws {
    update_stage(ApiKind::Rest, api_id, stage)
        .option("--patch-operations", "op=copy,from=/canarySettings/deploymentId,path=/deploymentId")
        .option("--region", region)
}

/// The command that sets variables of a stage to values that are still to be put in.
pub fn set_variables<'n>(
    kind: ApiKind,
    api_id: &str,
    stage: &str,
    names: impl IntoIterator<Item = &'n String>,
    region: &str,
) -> Aws {
    let command = update_stage(kind, api_id, stage);
    let names = names.into_iter();
    let command = match kind {
        ApiKind::Rest => {
            let patches = names.map(|name| format!("op=replace,path=/variables/{name},value=VALUE"));
            command.options("--patch-operations", patches)
        }
        ApiKind::Http | ApiKind::WebSocket => {
            let variables: Vec<String> = names.map(|name| format!("{name}=VALUE")).collect();
            command.option("--stage-variables", &variables.join(","))
        }
    };
    command.option("--region", region)
}

/// The beginning of a command that changes a stage; what it changes is still to be said.
pub fn update_stage(kind: ApiKind, api_id: &str, stage: &str) -> Aws {
    on_stage("update-stage", kind, api_id, stage)
}

fn on_stage(operation: &str, kind: ApiKind, api_id: &str, stage: &str) -> Aws {
    let command = match kind {
        ApiKind::Rest => Aws::new(&format!("apigateway {operation}")).option("--rest-api-id", api_id),
        ApiKind::Http | ApiKind::WebSocket => Aws::new(&format!("apigatewayv2 {operation}")).option("--api-id", api_id),
    };
    command.option("--stage-name", stage)
}

/// The command that lets API Gateway call a function for an ARN, which may hold stars.
pub fn permit(function: &FunctionName, statement_id: &str, source_arn: &str) -> Aws {
    on_function("add-permission", function)
        .option("--statement-id", statement_id)
        .option("--action", "lambda:InvokeFunction")
        .option("--principal", "apigateway.amazonaws.com")
        .option("--source-arn", source_arn)
        .option("--region", &function.region)
}

/// The command that takes a statement out of a function's policy.
pub fn remove_permission(function: &FunctionName, statement_id: &str) -> Aws {
    on_function("remove-permission", function)
        .option("--statement-id", statement_id)
        .option("--region", &function.region)
}

/// A command on a function, or on its alias: `operation` of Lambda.
pub fn on_function(operation: &str, function: &FunctionName) -> Aws {
    let command = Aws::new(&format!("lambda {operation}")).option("--function-name", &function.name);
    match &function.qualifier {
        Some(qualifier) => command.option("--qualifier", qualifier),
        None => command,
    }
}

/// An `aws` command line, built argument by argument.
///
/// ```
/// use engine::command::Aws;
/// let command = Aws::new("apigateway create-deployment").option("--stage-name", "it's").to_string();
/// assert_eq!(command, r"aws apigateway create-deployment --stage-name 'it'\''s'");
/// ```
#[derive(Clone, Debug)]
pub struct Aws(String);

impl Aws {
    /// Begins with service and operation, which are stagecheck's own words.
    pub fn new(operation: &str) -> Aws {
        Aws(format!("aws {operation}"))
    }

    /// Adds an option with its value.
    #[must_use]
    pub fn option(mut self, name: &str, value: &str) -> Aws {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push(' ');
        self.0.push_str(&quote(value));
        self
    }

    /// Adds an option whose value another command prints at that moment: a token that changes with every write, an id that was
    /// not read. `query` is the JMESPath of the value in its answer.
    #[must_use]
    pub fn looked_up(mut self, name: &str, by: Aws, query: &str) -> Aws {
        let by = by.option("--query", query).option("--output", "text");
        self.0.push_str(&format!(" {name} \"$({by})\""));
        self
    }

    /// Adds an option that takes several values.
    #[must_use]
    pub fn options(mut self, name: &str, values: impl IntoIterator<Item = String>) -> Aws {
        self.0.push(' ');
        self.0.push_str(name);
        for value in values {
            self.0.push(' ');
            self.0.push_str(&quote(&value));
        }
        self
    }
}

impl std::fmt::Display for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Aws> for String {
    fn from(command: Aws) -> String {
        command.0
    }
}

/// A word as a POSIX shell has to be given it. Control characters, which no AWS name holds, become `?`, so that a
/// pasted command is the one line that was shown.
pub fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let visible: String = word.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("'{}'", visible.replace('\'', r"'\''"))
}

#[cfg(test)]
pub(crate) mod known;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_own_way_to_set_variables() {
        let names = ["fn".to_owned(), "role".to_owned()];
        for (kind, expected) in [
            (
                ApiKind::Rest,
                "aws apigateway update-stage --rest-api-id a --stage-name prod --patch-operations \
                 op=replace,path=/variables/fn,value=VALUE op=replace,path=/variables/role,value=VALUE --region eu-west-1",
            ),
            (
                ApiKind::Http,
                "aws apigatewayv2 update-stage --api-id a --stage-name prod --stage-variables fn=VALUE,role=VALUE \
                 --region eu-west-1",
            ),
        ] {
            assert_eq!(set_variables(kind, "a", "prod", &names, "eu-west-1").to_string(), expected);
        }
    }

    #[test]
    fn a_value_is_looked_up_by_the_command_that_needs_it() {
        let list = Aws::new("apigatewayv2 get-routes").option("--api-id", "a");
        let command =
            Aws::new("apigatewayv2 update-route").looked_up("--route-id", list, "Items[?RouteKey=='GET /'].RouteId");
        assert_eq!(
            command.option("--api-id", "a").to_string(),
            r#"aws apigatewayv2 update-route --route-id "$(aws apigatewayv2 get-routes --api-id a --query 'Items[?RouteKey=='\''GET /'\''].RouteId' --output text)" --api-id a"#
        );
    }

    #[test]
    fn a_command_that_the_cli_does_not_take_is_none() {
        for (command, expected) in [
            ("aws lambda delete-function-concurrency --function-name f --region r", Ok(())),
            ("aws apigateway get-api-key --include-value --query value --api-key 'a --b' --region r", Ok(())),
            (
                "aws lambda forget-function --function-name f",
                Err("no such operation is in command/known.txt".to_owned()),
            ),
            ("aws lambda delete-function-concurrency --name f", Err("--name is no option of it".to_owned())),
            ("aws iam update-assume-role-policy --role-name r", Err("--policy-document is missing".to_owned())),
        ] {
            assert_eq!(known::check(command), expected, "{command}");
        }
    }

    #[test]
    fn quotes_what_a_shell_would_act_on() {
        for (word, expected) in [
            ("prod", "prod"),
            ("$default", "'$default'"),
            ("", "''"),
            ("a b", "'a b'"),
            ("`id`;$(id)", "'`id`;$(id)'"),
            ("it's\nme", r"'it'\''s?me'"),
            ("arn:aws:execute-api:eu-west-1:1:a/*/GET/x", "'arn:aws:execute-api:eu-west-1:1:a/*/GET/x'"),
        ] {
            assert_eq!(quote(word), expected);
        }
    }
}
