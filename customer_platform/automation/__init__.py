"""What makes runs happen by themselves: landing sensors, the refresh that follows, the schedule."""
