"""Stands for the programs of the adapters in tests of the compiler; it is never run."""
