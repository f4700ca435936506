"""Tables that studies read: the calibrated ensemble, once there is one."""
