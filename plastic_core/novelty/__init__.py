"""How new a tick is to its stream: a level that lasts as long as what is abnormal does, and its onset."""
