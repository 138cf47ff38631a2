"""What an analyst sees of an asset besides its numbers: masked previews and plots. No Dagster."""
