//! What a promise is tested under: a strategy and a dispatch. One test for each promise under each of them.

pub(crate) use super::Strategy;
use super::strategy::refuses;

/// Where handlers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dispatch {
    Auto,
    Queue,
    Inline,
}

impl Dispatch {
    /// As `--dispatch` takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Queue => "queue",
            Self::Inline => "inline",
        }
    }
}

/// Who runs the handlers, and where; and what the connections are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) strategy: Strategy,
    pub(crate) dispatch: Dispatch,
    /// Whether the server speaks TLS.
    pub(crate) is_over_tls: bool,
}

impl Mode {
    pub(crate) fn over_tls(self) -> Self {
        Self {
            is_over_tls: true,
            ..self
        }
    }
}

/// The default dispatch.
impl From<Strategy> for Mode {
    fn from(strategy: Strategy) -> Self {
        Self {
            strategy,
            dispatch: Dispatch::Auto,
            is_over_tls: false,
        }
    }
}

impl Strategy {
    /// The mode of both.
    pub(crate) fn with(self, dispatch: Dispatch) -> Mode {
        Mode {
            strategy: self,
            dispatch,
            is_over_tls: false,
        }
    }
}

/// Tests `promise` under a mode or a strategy; where the embedded Python does not allow it, tests the refusal instead.
pub(crate) fn run<M: Copy + Into<Mode>>(mode: M, promise: fn(M)) {
    let Mode { strategy, .. } = mode.into();
    if strategy.is_possible() {
        promise(mode);
    } else {
        refuses(strategy);
    }
}

/// One `#[test]` for each promise and mode, `subinterp::inline::routing::answers_405_with_allow`; or for each promise
/// and strategy where the dispatch makes no difference; or for each promise and mode over TLS.
///
/// A row is `topic: [promise, ...]`, and a promise is a function `crate::topic::promise` of a [`Mode`] or a [`Strategy`].
macro_rules! under_every {
    (mode; $($list:tt)*) => {
        $crate::support::mode::under_every!(dispatch of main Main []; $($list)*);
        $crate::support::mode::under_every!(dispatch of subinterp Subinterp []; $($list)*);
        $crate::support::mode::under_every!(dispatch of freethreaded Freethreaded []; $($list)*);
    };
    (mode over tls; $($list:tt)*) => {
        mod over_tls {
            $crate::support::mode::under_every!(dispatch of main Main [.over_tls()]; $($list)*);
            $crate::support::mode::under_every!(dispatch of subinterp Subinterp [.over_tls()]; $($list)*);
            $crate::support::mode::under_every!(dispatch of freethreaded Freethreaded [.over_tls()]; $($list)*);
        }
    };
    (strategy; $($list:tt)*) => {
        $crate::support::mode::under_every!(promise of main (Strategy::Main); $($list)*);
        $crate::support::mode::under_every!(promise of subinterp (Strategy::Subinterp); $($list)*);
        $crate::support::mode::under_every!(promise of freethreaded (Strategy::Freethreaded); $($list)*);
    };
    (dispatch of $module:ident $strategy:ident [$($over:tt)*]; $($list:tt)*) => {
        mod $module {
            $crate::support::mode::under_every!(promise of auto (Strategy::$strategy.with(Dispatch::Auto)$($over)*); $($list)*);
            $crate::support::mode::under_every!(promise of queue (Strategy::$strategy.with(Dispatch::Queue)$($over)*); $($list)*);
            $crate::support::mode::under_every!(promise of inline (Strategy::$strategy.with(Dispatch::Inline)$($over)*); $($list)*);
        }
    };
    (promise of $module:ident $mode:tt; $($topic:ident: [$($promise:ident),* $(,)?]),* $(,)?) => {
        mod $module {
            $(mod $topic {
                $(#[test]
                fn $promise() {
                    use $crate::support::mode::*;
                    run($mode, crate::$topic::$promise);
                })*
            })*
        }
    };
}

pub(crate) use under_every;
