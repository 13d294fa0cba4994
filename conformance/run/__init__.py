"""From a job to a run, on a real container engine. The only stage that touches an engine."""
