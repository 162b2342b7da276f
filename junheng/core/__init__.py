"""The ground: home, ledger, chain, records and settings that every other room stands on."""
