//! The scenarios: which account, how it is read, what is done with what was read, and which figure was aimed at.

/// What is measured apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// `snapshot`: the account is read.
    Collection,
    /// `scan --from`: all checks over what was read.
    Checks,
    /// `drift --between`: against an earlier snapshot, of which 2 % of the rows are other.
    Drift,
    /// `report --from -o …`: the checks, and all formats at once.
    Reports,
}

impl Phase {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Checks => "checks",
            Self::Drift => "drift",
            Self::Reports => "reports",
        }
    }
}

/// A figure that a target is set for.
#[derive(Debug, Clone, Copy)]
pub enum Figure {
    /// Wall time by the lower bound.
    Ratio,
    /// Most memory at once.
    PeakMb,
    /// Processor time by calls.
    MicrosPerCall,
    /// Wall time.
    WallS,
    /// Throttled answers by all, in percent.
    ThrottledPercent,
}

/// The highest that a figure should be.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// In which phase.
    pub phase: Phase,
    /// Of what.
    pub figure: Figure,
    /// How much.
    pub at_most: f64,
}

/// One scenario.
#[derive(Debug)]
pub struct Scenario {
    /// Its name on the command line and in tables.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// Whether it is in the quick set too.
    pub is_quick: bool,
    /// Flags of the synthetic AWS.
    pub world: &'static [&'static str],
    /// Milliseconds before each of its answers.
    pub latency_ms: u32,
    /// Flags of `driftlead snapshot`.
    pub flags: &'static [&'static str],
    /// What is done after the reading.
    pub after: &'static [Phase],
    /// What is aimed at.
    pub targets: &'static [Target],
    /// Seconds after which any phase is ended.
    pub limit_s: u64,
}

const fn goal(phase: Phase, figure: Figure, at_most: f64) -> Target {
    Target { phase, figure, at_most }
}

const COLLECTION: Phase = Phase::Collection;

/// All that AWS's own limits allow: what is measured is processor time and memory, and the wait for the throttle is not.
const FAST: &[&str] = &["--api-share", "100"];

/// The same over the accounts of an organization: a million resources of one account would mostly wait for that account's limits.
const MANY: &[&str] = &["--org", "--role", "driftlead", "--api-share", "100"];

/// The same in one region.
const MANY_SMALL: &[&str] = &["--org", "--role", "driftlead", "--region", "us-east-1", "--api-share", "100"];

/// All, in the order in which they are run.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "empty",
        about: "an empty account in 17 regions, 50 ms away, throttled like AWS",
        is_quick: true,
        world: &["--regions", "17", "--throttle", "aws"],
        latency_ms: 50,
        flags: &[],
        after: &[],
        targets: &[goal(COLLECTION, Figure::Ratio, 1.3), goal(COLLECTION, Figure::ThrottledPercent, 1.0)],
        limit_s: 120,
    },
    Scenario {
        name: "simple-calls",
        about: "3,400 secrets in 17 regions: small answers, one call each",
        is_quick: true,
        world: &["--regions", "17", "--resources", "secret=3400"],
        latency_ms: 0,
        flags: FAST,
        after: &[],
        targets: &[goal(COLLECTION, Figure::MicrosPerCall, 150.0)],
        limit_s: 120,
    },
    Scenario {
        name: "throttled",
        about: "2,000 resources in 17 regions, 20 ms away, throttled like AWS",
        is_quick: true,
        world: &["--regions", "17", "--mix", "2000", "--throttle", "aws"],
        latency_ms: 20,
        flags: &[],
        after: &[],
        targets: &[goal(COLLECTION, Figure::ThrottledPercent, 1.0)],
        limit_s: 180,
    },
    Scenario {
        name: "10k",
        about: "10,000 resources in 17 regions",
        is_quick: true,
        world: &["--regions", "17", "--mix", "10000"],
        latency_ms: 0,
        flags: FAST,
        after: &[Phase::Checks, Phase::Drift, Phase::Reports],
        targets: &[goal(COLLECTION, Figure::PeakMb, 150.0)],
        limit_s: 120,
    },
    Scenario {
        name: "100k",
        about: "100,000 resources in 8 accounts, 17 regions each",
        is_quick: false,
        world: &["--accounts", "8", "--regions", "17", "--mix", "12500"],
        latency_ms: 0,
        flags: MANY,
        after: &[Phase::Checks, Phase::Drift, Phase::Reports],
        targets: &[],
        limit_s: 240,
    },
    Scenario {
        name: "1m",
        about: "1,000,000 resources in 40 accounts, 17 regions each",
        is_quick: false,
        world: &["--accounts", "40", "--regions", "17", "--mix", "25000"],
        latency_ms: 0,
        flags: MANY,
        after: &[Phase::Checks, Phase::Drift, Phase::Reports],
        targets: &[
            goal(COLLECTION, Figure::PeakMb, 300.0),
            goal(Phase::Checks, Figure::WallS, 10.0),
            goal(Phase::Checks, Figure::PeakMb, 300.0),
        ],
        limit_s: 600,
    },
    Scenario {
        name: "log-groups",
        about: "285,000 log groups in 24 accounts, 17 regions each",
        is_quick: false,
        world: &["--accounts", "24", "--regions", "17", "--resources", "log_group=11875"],
        latency_ms: 0,
        flags: MANY,
        after: &[Phase::Checks],
        targets: &[goal(COLLECTION, Figure::PeakMb, 300.0)],
        limit_s: 420,
    },
    Scenario {
        name: "task-definitions",
        about: "500,000 task definitions in one account, 17 regions, of which 1,000 services use some",
        is_quick: false,
        world: &[
            "--regions", "17", "--resources", "task_definition=500000", "--resources", "ecs_cluster=17", "--resources", "ecs_service=1000",
        ],
        latency_ms: 0,
        flags: FAST,
        after: &[Phase::Checks],
        targets: &[goal(COLLECTION, Figure::PeakMb, 300.0)],
        limit_s: 240,
    },
    Scenario {
        name: "accounts-200",
        about: "an organization of 200 accounts, each with a handful of resources in one region",
        is_quick: false,
        world: &["--accounts", "200", "--regions", "1", "--mix", "20"],
        latency_ms: 0,
        flags: MANY_SMALL,
        after: &[],
        targets: &[],
        limit_s: 180,
    },
    Scenario {
        name: "accounts-1000",
        about: "the same with 1,000 accounts",
        is_quick: false,
        world: &["--accounts", "1000", "--regions", "1", "--mix", "20"],
        latency_ms: 0,
        flags: MANY_SMALL,
        after: &[],
        targets: &[],
        limit_s: 300,
    },
];

/// The two runs whose memory, compared, says what an account costs.
pub const SLOPE: [(&str, f64); 2] = [("accounts-200", 200.0), ("accounts-1000", 1000.0)];

/// Megabytes that an account more may cost: its name, tags, regions and the like, but not its resources.
pub const MOST_MB_PER_ACCOUNT: f64 = 0.02;

/// Commands whose start is measured, and the most that it should take, in milliseconds.
pub const STARTS: &[&[&str]] = &[&["--version"], &["list", "checks"]];

/// See [`STARTS`].
pub const MOST_START_MS: f64 = 20.0;
