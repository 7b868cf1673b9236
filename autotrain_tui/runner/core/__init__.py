"""What every part of a runner uses: the journaled state, the folder, the environment."""
