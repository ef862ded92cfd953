//! What is sent to `/v2/concurrency_limits`.

use serde::{Deserialize, Serialize};

use super::Holder;
use crate::patch::{self, Patch};

/// Body of `POST /v2/concurrency_limits/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConcurrencyLimitCreate {
    #[serde(default = "yes")]
    pub active: bool,
    pub name: String,
    pub limit: i64,
    #[serde(default)]
    pub active_slots: i64,
    #[serde(default)]
    pub denied_slots: i64,
    #[serde(default)]
    pub slot_decay_per_second: f64,
}

/// Body of `PATCH /v2/concurrency_limits/{id or name}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ConcurrencyLimitUpdate {
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub active: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub limit: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub active_slots: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub denied_slots: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_absent", deserialize_with = "patch::kept")]
    pub slot_decay_per_second: Patch<f64>,
}

/// Limits for things that run at the same time, or for things that are begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SlotMode {
    #[default]
    Concurrency,
    RateLimit,
}

/// Body of `POST /v2/concurrency_limits/increment` and `…/increment-with-lease`. Unknown keys are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TakeSlots {
    pub slots: i64,
    pub names: Vec<String>,
    #[serde(default)]
    pub mode: SlotMode,
    /// Seconds from 60 to a day; only with a lease.
    #[serde(default = "five_minutes")]
    pub lease_duration: f64,
    /// Only with a lease.
    #[serde(default)]
    pub holder: Option<Holder>,
}

/// Body of `POST /v2/concurrency_limits/decrement`. Unknown keys are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct GiveSlotsBack {
    pub slots: i64,
    pub names: Vec<String>,
    /// How long they were held.
    #[serde(default, deserialize_with = "crate::bounds::some_time")]
    pub occupancy_seconds: Option<f64>,
}

fn yes() -> bool {
    true
}

fn five_minutes() -> f64 {
    300.0
}
