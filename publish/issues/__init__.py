"""The issue ledger for people: workbooks, lists, reports."""
