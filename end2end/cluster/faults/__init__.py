"""What becomes of a flow run when something goes wrong in the cluster: injected, timed, judged.

`python -m faults` in `end2end/cluster` prints the table of docs/kubernetes-faults.md; `cargo xtask faults` starts a
cluster for it first. `test_faults.py` runs the quick rows as tests.
"""
