"""The contract as data: what the platform documents, and where. Imports nothing else of this package."""
