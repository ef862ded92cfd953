//! Traffic of real servers, played again.

use crate::harness::each::on_each;
use crate::harness::replay::replay;

macro_rules! recordings {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            let recording = include_str!(concat!("../recordings/", stringify!($name), ".json"));
            on_each(async |server| replay(server, recording).await).await;
        }
    )*};
}

recordings! {
    p2_probe,
    p2_local_script,
    p2_worker_run,
    p2_pause,
    p2_cancel,
    p2_pools,
    p2_deployments,
    p2_session,
    p3_probe,
    p3_automations,
    p3_worker_retry,
    p3_pause,
    p3_cancel_scheduled,
    p3_pools,
    p3_deployments,
    p3_session,
}
