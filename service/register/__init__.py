"""The domain: people, registrations, preferences, deaths. Rules are pure; the tables are derived from writes."""
