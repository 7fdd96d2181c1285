//! Maps of small networks.
