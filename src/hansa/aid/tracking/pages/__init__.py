"""What people see of parcels: packing, labels, the driver's sheet, the scan page."""
