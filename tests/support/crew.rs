//! Several threads judge a snapshot: they must say what one says, in the same order.

use driftlead::check::{Check, Config, Judge, Vet, Vetted, shipped};
use driftlead::config::Configuration;
use driftlead::finding::{Finding, Status};
use driftlead::inventory::{LEDGER_DDL, Snapshot};
use driftlead::services;

use super::world::{World, group};

/// Accepts some of what is found: who asks for names and tags must get them from every thread.
const WAIVERS: &str = "
    [[waiver]]
    name = 'audit groups'
    checks = ['logs/*']
    match = { name = ['/audit/*'] }
    reason = 'they are kept for ever on purpose'
    owner = 'team'
    expires = 2999-01-01";

/// Judges a small world by one thread and by several.
pub fn says_the_same() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let groups: String = (0..300).map(|i| group(&format!("/{}/{i}", if i % 3 == 0 { "audit" } else { "app" }), i64::from(i % 2))).collect();
    let path = World::new(&folder.path().join("world.db")).rows(&groups).denied("aws_vpc_subnet", "ec2:DescribeSubnets").save();
    let tables = services::tables();
    let snapshot = Snapshot::open(&path, &tables, &services::views()).map_err(|error| error.to_string())?;
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).map_err(|error| error.to_string())?;
    let checks = shipped().map_err(|error| error.to_string())?.into_iter();
    let checks: Vec<(Check, Vetted)> =
        checks.map(|check| vet.vet(&check).map(|vetted| (check, vetted)).map_err(|error| error.to_string())).collect::<Result<_, _>>()?;
    let mut config = Configuration::parse(std::path::Path::new("driftlead.toml"), WAIVERS).map_err(|error| error.to_string())?.checks;
    config.fits(&checks.iter().map(|(check, _)| check.clone()).collect::<Vec<_>>()).map_err(|error| error.to_string())?;
    for with_passes in [false, true] {
        let judge = |config: &Config, in_threads: bool| -> Result<Vec<Finding>, String> {
            let judge = Judge::new(&snapshot, &tables, config, with_passes).map_err(|error| error.to_string())?;
            let judge = if in_threads { judge.in_threads() } else { judge };
            let mut said = Vec::new();
            let all = judge.run_all(&checks, None, &mut |finding| {
                said.push(finding);
                Ok::<_, std::convert::Infallible>(())
            });
            all.map(|()| said).map_err(|never| match never {})
        };
        let (one, several) = (judge(&config, false)?, judge(&config, true)?);
        if let Some(missing) =
            [Status::Fail, Status::Unknown, Status::Muted].iter().find(|status| !one.iter().any(|f| f.status == **status))
        {
            return Err(format!("nothing is {}: this proves nothing", missing.word()));
        }
        let differs =
            one.iter().zip(&several).position(|(a, b)| a != b).or((one.len() != several.len()).then_some(one.len().min(several.len())));
        if let Some(at) = differs {
            return Err(format!("verdict {at}: one thread says {:?}, several say {:?}", one.get(at), several.get(at)));
        }
        // Who listens no more is told no more.
        let mut heard = 0;
        let stopped = Judge::new(&snapshot, &tables, &config, with_passes).map_err(|error| error.to_string())?.in_threads().run_all(
            &checks,
            None,
            &mut |_| {
                heard += 1;
                if heard < 5 { Ok(()) } else { Err("enough") }
            },
        );
        if stopped != Err("enough") || heard != 5 {
            return Err(format!("after an end {heard} verdicts were told, and it ended with {stopped:?}"));
        }
    }
    Ok(())
}
