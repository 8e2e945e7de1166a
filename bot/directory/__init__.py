"""Who helps, where, and when: partners (Open Referral HSDS 3.1), regions, municipalities, opening hours."""
