"""The domain: people, registrations, preferences, deaths. Rules as pure functions, and the tables derived from writes."""
