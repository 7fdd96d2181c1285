//! The kinds of resources that can be generated.

/// Declares the kinds: variant, word and whether a region or the account has them.
macro_rules! kinds {
    ($($variant:ident $word:literal $scope:ident),+ $(,)?) => {
        /// A kind of resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $word, "`.")] $variant),+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// How many kinds there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The word for it on the command line.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Whether resources of the kind are in a region.
            pub fn is_regional(self) -> bool {
                match self { $(Self::$variant => kinds!(@ $scope)),+ }
            }
        }
    };
    (@ regional) => { true };
    (@ global) => { false };
}

kinds! {
    Vpc "vpc" regional,
    Subnet "subnet" regional,
    RouteTable "route_table" regional,
    NatGateway "nat_gateway" regional,
    SecurityGroup "security_group" regional,
    NetworkInterface "network_interface" regional,
    Instance "instance" regional,
    Volume "volume" regional,
    Snapshot "snapshot" regional,
    Image "image" regional,
    LogGroup "log_group" regional,
    Function "function" regional,
    Secret "secret" regional,
    Key "key" regional,
    Certificate "certificate" regional,
    Alarm "alarm" regional,
    DbInstance "db_instance" regional,
    DbCluster "db_cluster" regional,
    EcsCluster "ecs_cluster" regional,
    EcsService "ecs_service" regional,
    TaskDefinition "task_definition" regional,
    LoadBalancer "load_balancer" regional,
    TargetGroup "target_group" regional,
    Stack "stack" regional,
    RestApi "rest_api" regional,
    Bucket "bucket" global,
    Role "role" global,
    User "user" global,
    Policy "policy" global,
}

impl Kind {
    /// The kind that a word names.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// Its place among all kinds.
    pub fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_kinds() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.word()), Some(*kind));
        }
        assert_eq!(Kind::of("nothing"), None);
        assert!(Kind::LogGroup.is_regional() && !Kind::Bucket.is_regional());
    }
}
