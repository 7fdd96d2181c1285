//! Runs `configuration` of the library on whatever libFuzzer makes up.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| driftlead_fuzz::configuration::run(data));
