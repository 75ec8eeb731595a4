//! Bugs that are there to be found.
//!
//! A harness that finds nothing proves nothing. With the feature `mutants`, one build has all of these bugs, and a test
//! plants one at a time in its own thread; each has to be found by what is said here. Without the feature nothing of
//! this is compiled in: [`planted`] is `false`. The list only grows.

macro_rules! bugs {
    ($($name:ident $holds:literal $what:literal;)*) => {
        /// A bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bug {
            $(#[doc = $what] $name,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Bug] = &[$(Bug::$name,)*];

            /// What it breaks: promises, transactions and invariants, separated by a blank.
            pub fn breaks(self) -> &'static str {
                match self {
                    $(Bug::$name => $holds,)*
                }
            }

            /// What it does.
            pub fn what(self) -> &'static str {
                match self {
                    $(Bug::$name => $what,)*
                }
            }
        }
    };
}

bugs! {
    AckBeforeCommit "T1 P1" "an event is answered before it is committed";
    SameKeyTwice "T1 P2 I2" "a key that is known is an event once more";
    CursorBeforeEvents "T2 I6" "the position of a feed is committed before its events";
    PositionNotCompared "T2 I5" "a batch of a feed counts from whatever position";
    ItemTwice "T2 I3" "an item that is known is an event once more";
    LetterLost "T2 P3 I26" "an item that does not fit has no dead letter";
    OrderBeforeCommit "T3 P4" "a step is handed over before that is committed";
    OrderedTwice "T3 I11 I12" "a step is handed over twice";
    CallNotSentAgain "T3 I23" "a call of a daemon that has ended is not sent again";
    OnceSentAgain "T3 P4" "a `once` call of a daemon that has ended is sent again";
    TryLeftOut "T3 I7" "the tries of a step are not counted one by one";
    TokenNotCompared "T4 I9" "an answer to an earlier sending counts";
    DoneTwice "T4 I8" "a second answer changes what a step has come to";
    SuccessorTooEarly "T4 I10" "a step starts before what it needs has ended";
    NoSuccessor "T4 I23" "what a step has come to is committed, and not what follows";
    JobForgotten "T5 I23" "a job of a daemon that has ended is not looked up";
    JobNotAdopted "T5 I12 I13" "a job is launched anew without looking for it by its name";
    GenerationTooEarly "T6 I13" "a second generation of a job while the first is not over";
    TimerEarly "T7 I17" "a sleep ends at the next tick, whenever that is";
    TimerLost "T7 I23" "a timer is not set";
    TimerLate "T7 I17 I23" "a timer that was set is forgotten at a restart";
    BackOffIgnored "T7 I16" "another try follows at once";
    CancelForgotten "T8 I22" "a cancel is not committed";
    CancelStarts "T8 I15" "what was not started is started after a cancel";
    CancelLeavesOpen "T8 I15" "what is under way is not stopped at a cancel";
    HeadNotChained "I1" "a row of the log does not continue the row before it";
    LogRowMissing "I1 I22" "a change is in the tables and not in the log";
    DecisionMissing "I4" "a rule that does not start says nothing of why";
    RunMissing "I4" "an event does not start its rule";
    RunTwice "I4" "an event starts its rule twice";
    MovesAfterEnd "I14 P6" "a run that has ended moves on";
    TriesBeyondPolicy "I16" "a step is tried once more than it may be";
    TableDiffers "I22" "a table is not what the log says";
    DeadlineIgnored "P6 I23" "nobody ends a run at its deadline";
    WaitingForgotten "I23" "runs that wait are not started after a restart";
    OverlapIgnored "I24" "a rule that queues has two runs under way";
    RateIgnored "I24" "a rule starts more often than its rate";
    PrivateInClear "I25" "a private value is not sealed at intake";
    LetterOfRunMissing "I26 P8" "a run that failed has no dead letter";
    SlotTwice "I18" "a time that comes twice is two slots of a schedule that names it";
    SlotLost "I18" "a slot in the gap of a spring night is left out";
}

#[cfg(feature = "mutants")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in this thread in place of the one before; with nothing, there is none.
#[cfg(feature = "mutants")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether this bug is planted here.
#[cfg(feature = "mutants")]
pub fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this bug is planted here: no bug ever is.
#[cfg(not(feature = "mutants"))]
#[inline]
pub const fn planted(_bug: Bug) -> bool {
    false
}
