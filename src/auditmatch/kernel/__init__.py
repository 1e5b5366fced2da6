"""Placing audits at the speed of compiled code: flat arrays, bookings that stand, and the cheapest booking of an audit.

Loaded on first use, since its compiler loads slowly. Everything here speaks of rows, slots and points alone.
"""
