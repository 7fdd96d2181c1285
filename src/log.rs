//! Tracing for whoever looks for a fault: off unless `DRIFTLEAD_LOG` asks for it, on standard error.

use tracing_subscriber::EnvFilter;

/// Starts the log that `DRIFTLEAD_LOG` asks for (`debug`, or `aws_smithy_runtime=trace`, as in `tracing`'s filters).
///
/// The SDK logs requests and answers at its finest level; credentials are left out by it, values in answers are not.
pub fn start() {
    if let Ok(filter) = EnvFilter::try_from_env("DRIFTLEAD_LOG") {
        // A second subscriber can only be there in a test; then the first one stays.
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    }
}
