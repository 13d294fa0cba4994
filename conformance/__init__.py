"""Conformance tests for training containers of AWS Clean Rooms ML and SageMaker AI.

``pytest --image=<uri>`` runs an image on a container engine, as the platform would run it and as it may go wrong,
and says for each rule of the contract whether the image keeps it::

    manifest ──► plan ──► run ──► judge ──► report

=============  =====================================================================
``contract``   the contract as data: clauses with sources, paths, variables, limits
``values``     what travels between the stages: job, run, image, plan, verdict
``manifest``   ``algorithm.toml``: what an image says it expects
``data``       what a container is given: recipe -> rows -> files, and the launch
``plan``       manifest -> jobs
``run``        job -> run, on a container engine
``judge``      runs -> one verdict a rule
``report``     the verdicts, for people and for machines
``session``    the stages in order, for one image
``replay``     the same for the jobs of one saved counterexample
``plugin``     pytest's hooks and options
=============  =====================================================================

A stage imports ``contract``, ``values``, ``manifest`` and ``data``, never another stage.
"""

__version__ = "0.1.0"
