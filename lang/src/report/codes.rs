//! The catalogue of findings: one row an id. Each has its page in `explain/<group>/<name>.md`.

use super::Severity;

/// What is known about a rule.
#[derive(Debug)]
pub struct CodeInfo {
    /// The stable id: `limits/timeout`.
    pub id: &'static str,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// The page of `flowc explain`, with a bad and a good example.
    pub page: &'static str,
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $title:literal;)*) => {
        /// A rule, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        /// All rules, in the order of [`Code`].
        pub const CODES: &[(Code, CodeInfo)] = &[$((Code::$name, CodeInfo {
            id: $id,
            severity: Severity::$severity,
            title: $title,
            page: include_str!(concat!("explain/", $id, ".md")),
        }),)*];
    };
}

codes! {
    SyntaxUnexpected "syntax/unexpected" Error "something stands where the grammar wants something else";
    SyntaxUnclosed "syntax/unclosed" Error "a bracket, string or comment is never closed";
    SyntaxLiteral "syntax/literal" Error "a literal that means nothing, such as a number too large";
    SyntaxNesting "syntax/nesting" Error "brackets nested more than 64 deep";
    SyntaxEncoding "syntax/encoding" Error "a character that must not stand in a source file";
    NamesUnknown "names/unknown" Error "a name that nothing declares";
    NamesDuplicate "names/duplicate" Error "a name declared twice in one scope";
    NamesUnused "names/unused" Warning "a declaration or `let` that nothing uses";
    NamesImportCycle "names/import-cycle" Error "projects that import from each other in a ring";
    NamesImportMissing "names/import-missing" Error "an import of a project that cannot be read";
    NamesIllegal "names/illegal" Error "a word that cannot name a value or a declaration";
    TypesMismatch "types/mismatch" Error "a value of another type than the one asked for";
    TypesMissingField "types/missing-field" Error "a required field that a record does not give";
    TypesUnknownField "types/unknown-field" Error "a field that the type does not have";
    TypesNotCallable "types/not-callable" Error "a call of something that is not an action, prepare, job or model";
    TypesArity "types/arity" Error "too many arguments, or too few";
    TypesCondition "types/condition" Error "a condition that is not a `bool`";
    TypesProperty "types/property" Error "a property that is unknown, missing, ill-typed or not yet enforced";
    TypesUnit "types/unit" Error "a bare number where a unit is meant, or the wrong unit";
    LimitsTimeout "limits/timeout" Error "a function may take longer than its platform allows";
    LimitsMemory "limits/memory" Error "a function asks for more memory than its platform gives";
    LimitsLogs "limits/logs" Error "a function keeps more log than its platform does";
    LimitsCodeSize "limits/code-size" Error "the code is larger than its platform takes";
    LimitsParameters "limits/parameters" Error "default parameters larger than the platform takes";
    LimitsPayload "limits/payload" Error "arguments that can be larger than one call may carry";
    LimitsPayloadUnproved "limits/payload-unproved" Warning "arguments whose size has no bound";
    LimitsResult "limits/result" Error "a result that can be larger than one call may return";
    LimitsSequenceLength "limits/sequence-length" Error "a chain of more calls than one sequence may have";
    LimitsRetry "limits/retry" Error "an action or a job that is tried too often";
    LimitsFanOut "limits/fan-out" Error "a list without a bound, or with more items than one run may walk through";
    GraphCycle "graph/cycle" Error "steps or types that need each other in a ring";
    GraphTriggerLoop "graph/trigger-loop" Error "a rule that causes the event it waits for, without a damper";
    GraphUnreachable "graph/unreachable" Warning "a rule or a block that can never run";
    GraphDeadTrigger "graph/dead-trigger" Warning "a trigger that no rule waits for";
    GraphAmbiguousOrder "graph/ambiguous-order" Error "two effects on one thing without an order between them";
    MlTrainingInAction "ml/training-in-action" Error "training inside a function instead of a job";
    MlSignature "ml/signature" Error "a model of another signature than the place wants, or one asked with another record";
    MlUngatedDeploy "ml/ungated-deploy" Error "a deploy that no evaluation decides";
    CodeMissing "code/missing" Error "a code folder or file that is not there";
    CodeEntry "code/entry" Error "no such function in the code, or one with another signature";
    CodeRuntime "code/runtime" Error "a runtime that the platform does not have";
    EffectsRetryNotIdempotent "effects/retry-not-idempotent" Warning "a plain action that is tried more than once";
    EffectsImpure "effects/impure" Error "a `pure` action that reaches for something which is not in its input";
}

impl Code {
    /// The catalogue's row.
    pub fn info(self) -> &'static CodeInfo {
        &CODES[self as usize].1
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Code> {
        CODES
            .iter()
            .find(|(_, info)| info.id == id)
            .map(|(code, _)| *code)
    }
}
